package dev.kedge.bench.measure;

import java.util.List;

/**
 * Samples of one figure, in the order they were taken.
 *
 * @param samples at least one
 */
public record Series(List<Double> samples) {
  public Series {
    if (samples.isEmpty()) {
      throw new IllegalArgumentException("a series without samples");
    }
    samples = List.copyOf(samples);
  }

  public static Series of(double... samples) {
    return new Series(java.util.Arrays.stream(samples).boxed().toList());
  }

  /** The middle one; of an even number the mean of the two in the middle. */
  public double median() {
    return percentile(50);
  }

  public double min() {
    return sorted(0);
  }

  public double max() {
    return sorted(samples.size() - 1);
  }

  /** From the least to the most, as a part of the median: 0 for one sample. */
  public double spread() {
    return median() == 0 ? 0 : (max() - min()) / median();
  }

  /**
   * The value that {@code percent} of all samples do not exceed, interpolated between neighbours.
   *
   * @param percent 0 to 100
   */
  public double percentile(double percent) {
    if (percent < 0 || percent > 100) {
      throw new IllegalArgumentException("not a percentage: " + percent);
    }
    List<Double> sorted = samples.stream().sorted().toList();
    double place = percent / 100 * (sorted.size() - 1);
    int below = (int) Math.floor(place);
    int above = (int) Math.ceil(place);
    return sorted.get(below) + (place - below) * (sorted.get(above) - sorted.get(below));
  }

  private double sorted(int place) {
    return samples.stream().sorted().toList().get(place);
  }
}
