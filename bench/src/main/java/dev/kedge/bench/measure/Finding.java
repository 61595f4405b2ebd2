package dev.kedge.bench.measure;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing that was measured: a figure, or the ratio of two series of the same run.
 *
 * @param benchmark whose it is
 * @param name of the figure
 * @param value of a figure its median; of a ratio the median of ours over the limit's
 * @param unit of the samples; a ratio itself has none
 * @param goal what it should come to
 * @param ours all samples, in order
 * @param limit all samples of the limit; null for a figure
 * @param noise of a ratio: the limit's own spread, most minus least over the median
 */
public record Finding(
    String benchmark,
    String name,
    double value,
    String unit,
    Goal goal,
    List<Double> ours,
    @Nullable List<Double> limit,
    @Nullable Double noise) {
  public Finding {
    ours = List.copyOf(ours);
    limit = limit == null ? null : List.copyOf(limit);
  }

  static Finding figure(String benchmark, String name, Series series, String unit, Goal goal) {
    return new Finding(benchmark, name, series.median(), unit, goal, series.samples(), null, null);
  }

  static Finding ratio(
      String benchmark, String name, Series ours, Series limit, String unit, Goal goal) {
    return new Finding(
        benchmark,
        name,
        ours.median() / limit.median(),
        unit,
        goal,
        ours.samples(),
        limit.samples(),
        limit.spread());
  }

  /** The line of the contract: {@code figure NAME VALUE UNIT} or {@code ratio NAME VALUE (…)}. */
  String line() {
    return limit == null
        ? "figure %s %s %s".formatted(name, Numbers.text(value), unit)
        : "ratio %s %s (ours %s %s, limit %s %s)"
            .formatted(
                name,
                Numbers.text(value),
                Numbers.text(new Series(ours).median()),
                unit,
                Numbers.text(new Series(limit).median()),
                unit);
  }

  /** What was measured, as a cell of a table. */
  String measured() {
    return limit == null
        ? Numbers.text(value) + " " + unit + range(new Series(ours))
        : "%s (%s vs %s %s; limit ±%s %%)"
            .formatted(
                Numbers.text(value),
                Numbers.text(new Series(ours).median()),
                Numbers.text(new Series(limit).median()),
                unit,
                Numbers.text(50 * new Series(limit).spread()));
  }

  private static String range(Series series) {
    return series.samples().size() == 1
        ? ""
        : " (%s to %s)".formatted(Numbers.text(series.min()), Numbers.text(series.max()));
  }
}
