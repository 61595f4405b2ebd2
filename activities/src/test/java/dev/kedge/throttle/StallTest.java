package dev.kedge.throttle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class StallTest {
  @Test
  void countsWhileNothingMovesAndNothingLimits() {
    Stall stall = Stall.NONE.after("a", false, 1_000);
    assertEquals(0, stall.millis());
    stall = stall.after("a", false, 1_000).after("a", false, 1_000);
    assertEquals(2_000, stall.millis());
    assertEquals(2_000, stall.after("a", true, 1_000).millis(), "limited");
    assertEquals(0, stall.after("b", false, 1_000).millis(), "progress");
    assertEquals(0, stall.after("", false, 1_000).millis(), "nothing to do");
  }

  @Test
  void timeInWhichNobodyLookedIsNoStall() {
    Stall stall = Stall.NONE.after("a", false, 0).after("a", false, 3_600_000);
    assertEquals(10_000, stall.millis());
  }
}
