package dev.kedge.throttle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.throttle.WalHistory.Point;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

final class WalHistoryTest {
  @Test
  void whoHasAllThatWasWrittenIsNotBehindHoweverOldIt() {
    WalHistory wal = WalHistory.NONE.and(new Point(1_000, 500)).and(new Point(2_000, 500));

    assertEquals(0, wal.lag(500, 3_600_000));
    assertEquals(0, wal.lag(501, 3_600_000));
  }

  @Test
  void whoStandsStillFallsBehindAsTimePassesThoughItsOwnMeasureStands() {
    WalHistory wal = WalHistory.NONE;
    for (int second = 0; second <= 60; second++) {
      wal = wal.and(new Point(second * 1_000L, second * 100L));
    }

    assertEquals(49_000, wal.lag(1_050, 0));
    assertEquals(50_000, wal.lag(1_050, 3_600_000), "after a quiet time");
    assertEquals(49_500, wal.lag(1_050, 49_500), "its own measure, when it may be true");
  }

  @Test
  void threeHoursAreRememberedWithAGrainThatGetsCoarser() {
    WalHistory wal = WalHistory.NONE;
    for (int second = 0; second <= 10_800; second++) {
      wal = wal.and(new Point(second * 1_000L, second * 100L));
    }

    assertTrue(wal.points().size() <= 64);
    double lag = wal.lag(50, 0);
    assertTrue(lag > 8_000_000, "was " + lag);
  }

  @Test
  void theRateIsThatOfTheLastTwoPointsOfNow() {
    WalHistory one = WalHistory.NONE.and(new Point(1_000, 500));

    assertEquals(OptionalDouble.empty(), one.rate());
    assertEquals(OptionalDouble.of(250), one.and(new Point(3_000, 1_000)).rate());
    assertEquals(OptionalDouble.empty(), one.and(new Point(3_600_000, 1_000)).rate());
  }

  @Test
  void aPrimaryThatLostWalForgetsIt() {
    WalHistory wal = WalHistory.NONE.and(new Point(1_000, 500)).and(new Point(2_000, 400));

    assertEquals(1, wal.points().size());
  }
}
