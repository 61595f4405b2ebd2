package dev.kedge.bench.measure;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What interleaved runs came to, in the order they were run.
 *
 * @param limit of the limit
 * @param ours of Kedge
 */
public record Pair(List<Sample> limit, List<Sample> ours) {
  public Pair {
    limit = List.copyOf(limit);
    ours = List.copyOf(ours);
  }

  public Series limitRates(long rows) {
    return series(limit, sample -> rows / sample.seconds());
  }

  public Series ourRates(long rows) {
    return series(ours, sample -> rows / sample.seconds());
  }

  public Series limitCpu() {
    return series(limit, Sample::cpuSeconds);
  }

  public Series ourCpu() {
    return series(ours, Sample::cpuSeconds);
  }

  /** Whether the server's processes could be looked at. */
  public boolean hasCpu() {
    return !Double.isNaN(limit.get(0).cpuSeconds());
  }

  private static Series series(List<Sample> samples, ToDoubleFunction<Sample> value) {
    return new Series(samples.stream().map(value::applyAsDouble).toList());
  }
}
