package dev.kedge.bench.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SeriesTest {
  private static final double EXACTLY = 1e-12;

  @Test
  void theMedianOfAnOddNumberIsTheMiddleOne() {
    assertEquals(3, Series.of(9, 1, 3).median(), EXACTLY);
  }

  @Test
  void theMedianOfAnEvenNumberLiesBetweenTheTwoInTheMiddle() {
    assertEquals(2.5, Series.of(4, 1, 2, 3).median(), EXACTLY);
  }

  @Test
  void theSpreadIsAPartOfTheMedian() {
    assertEquals(0.5, Series.of(8, 10, 13).spread(), EXACTLY);
    assertEquals(0, Series.of(8).spread(), EXACTLY);
  }

  @Test
  void percentilesLieBetweenNeighbours() {
    Series series = Series.of(10, 20, 30, 40, 50);
    assertEquals(10, series.percentile(0), EXACTLY);
    assertEquals(48, series.percentile(95), EXACTLY);
    assertEquals(50, series.percentile(100), EXACTLY);
  }

  @Test
  void samplesKeepTheirOrder() {
    assertEquals(List.of(3.0, 1.0, 2.0), Series.of(3, 1, 2).samples());
  }

  @Test
  void aSeriesWithoutSamplesIsNone() {
    assertThrows(IllegalArgumentException.class, () -> new Series(List.of()));
  }
}
