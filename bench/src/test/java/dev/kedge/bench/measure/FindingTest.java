package dev.kedge.bench.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The lines are a contract with whoever reads them by a program. */
final class FindingTest {
  @Test
  void aFigureIsItsMedianAndUnit() {
    Finding figure =
        Finding.figure("b", "verify", Series.of(0.71, 0.6123, 0.9), "s/Mrow", Goal.NONE);
    assertEquals("figure verify 0.71 s/Mrow", figure.line());
  }

  @Test
  void aRatioIsOursOverTheLimit() {
    Finding ratio =
        Finding.ratio(
            "copy-pk",
            "copy-pk",
            Series.of(578_034.4, 600_000, 500_000),
            Series.of(454_545.4, 400_000, 538_000),
            "rows/s",
            Goal.atLeast(1));
    assertEquals("ratio copy-pk 1.27 (ours 578034 rows/s, limit 454545 rows/s)", ratio.line());
    assertEquals(138_000 / 454_545.4, ratio.noise(), 1e-9);
  }

  @Test
  void numbersHaveThreeDigitsAndNoExponent() {
    assertEquals("0.000123", Numbers.text(0.0001234));
    assertEquals("12.3", Numbers.text(12.345));
    assertEquals("5000000", Numbers.text(5e6));
    assertEquals("0", Numbers.text(0));
    assertEquals("?", Numbers.text(Double.NaN));
  }

  @Test
  void aGoalIsMissedOnItsWrongSideAndByWhatIsUnknown() {
    assertFalse(Goal.atLeast(1).missedBy(1));
    assertTrue(Goal.atLeast(1).missedBy(0.99));
    assertFalse(Goal.atMost(0.7).missedBy(0.7));
    assertTrue(Goal.atMost(0.7).missedBy(0.71));
    assertTrue(Goal.atMost(0.7).missedBy(Double.NaN));
    assertFalse(Goal.NONE.missedBy(Double.NaN));
  }
}
