package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BisectionTest {
  private final Bisection bisection = new Bisection();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 49_999, 50_000, 12_345})
  void findsTheRowWithinAsManyChunksAsItCanBeHalved(long bad) {
    long cursor = 0;
    int chunks = 0;
    while (true) {
      long rows = bisection.rows(50_000);
      chunks++;
      if (cursor + rows >= bad) {
        if (bisection.failed(rows)) {
          break;
        }
      } else {
        bisection.passed(rows);
        cursor += rows;
      }
    }

    assertEquals(bad, cursor + 1);
    assertTrue(chunks <= 18, chunks + " chunks");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 64})
  void endsByItselfWhenTheRowIsMendedMeanwhile(long walked) {
    bisection.failed(1_000);
    for (int i = 0; i < 1_000; i++) {
      bisection.passed(walked);
    }

    assertEquals(1_000, bisection.rows(1_000));
  }
}
