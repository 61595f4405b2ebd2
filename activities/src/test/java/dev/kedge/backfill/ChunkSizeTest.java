package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ChunkSizeTest {
  private static final Duration AIM = Duration.ofMillis(50);

  private final ChunkSize size = new ChunkSize();

  @Test
  void growsByAHalfAtMostAndStopsAtItsAim() {
    // A thousand rows in 2 ms, and a millisecond for the transaction.
    long before = size.rows();
    while (true) {
      chunk(0.002);
      assertTrue(size.rows() <= Math.ceil(before * 1.5), size.rows() + " after " + before);
      if (size.rows() == before) {
        break;
      }
      before = size.rows();
    }

    assertTrue(size.rows() > 20_000 && size.rows() <= 24_500, size.rows() + " rows");
  }

  @Test
  void growsNoFurtherThanAnythingIsGained() {
    for (int i = 0; i < 30; i++) {
      chunk(0.000_01);
    }

    assertEquals(50_000, size.rows());
  }

  @Test
  void oneChunkOfTenThatTakesALittleLongerChangesNothing() {
    settle(0.01);
    long settled = size.rows();

    size.took(settled, Duration.ofMillis(80), AIM);

    assertEquals(settled, size.rows());
  }

  @Test
  void isHalvedWhenChunksTakeLongerThanTheyShould() {
    settle(0.01);
    long settled = size.rows();

    size.took(settled, Duration.ofMillis(80), AIM);
    size.took(settled, Duration.ofMillis(80), AIM);

    assertEquals(settled / 2, size.rows());
  }

  @Test
  void isATenthAtOnceAfterAChunkFarBeyondItsTimeAndComesBack() {
    settle(0.01);
    long settled = size.rows();

    size.took(settled, AIM.multipliedBy(100), AIM);
    assertEquals(settled / 10, size.rows());
    int chunks = 0;
    while (size.rows() < settled * 0.9 && chunks < 100) {
      chunk(0.01);
      chunks++;
    }

    assertTrue(chunks < 12, chunks + " chunks until it was back");
  }

  @Test
  void oneRowIsTheLeast() {
    while (size.rows() > 1) {
      assertTrue(size.tooLarge(size.rows(), AIM.multipliedBy(20), AIM));
    }

    assertFalse(size.tooLarge(1, AIM.multipliedBy(20), AIM));
    assertEquals(1, size.rows());
  }

  @Test
  void climbsFromOneRowAlthoughEveryTransactionHasItsPrice() {
    while (size.rows() > 1) {
      size.tooLarge(size.rows(), AIM.multipliedBy(20), AIM);
    }
    int chunks = 0;
    while (size.rows() < 4_000 && chunks < 100) {
      // Three milliseconds, and a thousand rows in ten.
      chunk(0.01, 3);
      chunks++;
    }

    assertTrue(chunks < 30, chunks + " chunks until it was back");
  }

  @Test
  void staysAwayFromSingleRowsWhereEveryTransactionTakesLongerThanItShould() {
    for (int i = 0; i < 100; i++) {
      chunk(0.01, 60);
    }
    assertTrue(size.rows() >= 100, size.rows() + " rows");

    while (size.rows() > 1) {
      size.tooLarge(size.rows(), AIM.multipliedBy(2), AIM);
    }
    for (int i = 0; i < 100; i++) {
      chunk(0.01, 60);
    }
    assertTrue(size.rows() >= 50, size.rows() + " rows");
  }

  @Test
  void ofRowsThatAreSlowItTakesFew() {
    for (int i = 0; i < 100; i++) {
      chunk(20, 1);
    }

    assertTrue(size.rows() <= 6, size.rows() + " rows");
  }

  @Test
  void doesNotGrowByChunksThatWereSmallerThanItSaid() {
    size.took(7, Duration.ofMillis(1), AIM);

    assertEquals(1_000, size.rows());
  }

  private void settle(double millisARow) {
    for (int i = 0; i < 40; i++) {
      chunk(millisARow);
    }
  }

  private void chunk(double millisARow) {
    chunk(millisARow, 1);
  }

  private void chunk(double millisARow, double fixedMillis) {
    double millis = fixedMillis + size.rows() * millisARow;
    size.took(size.rows(), Duration.ofNanos((long) (millis * 1_000_000)), AIM);
  }
}
