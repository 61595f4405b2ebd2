package dev.kedge.bench.run;

import dev.kedge.bench.application.OrderWrites;
import dev.kedge.bench.application.OrderWrites.Kind;
import dev.kedge.bench.application.Session.Cost;
import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Goal;
import dev.kedge.bench.measure.Series;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What a write of the application costs more because of Kedge's triggers. The same blocks of writes
 * go in turn to three tables: without triggers, captured, and followed synchronously. What the
 * backend's processor did for a block is compared with the block of the same round without
 * triggers, so that whatever else the machine does meets all three.
 */
final class CaptureCost implements Benchmark {
  private static final long WRITES = 120_000;
  private static final long ROWS = 100_000;
  private static final int BLOCK = 1_000;
  private static final int AT_ONCE = 100_000;
  private static final int TIMES_AT_ONCE = 3;

  @Override
  public String name() {
    return "capture-cost";
  }

  @Override
  public String what() {
    return "processor time and WAL of an application's write with triggers, against one without";
  }

  @Override
  public void run(Bench bench) throws Exception {
    long writes = bench.rows(WRITES);
    int block = (int) Math.max(1, Math.min(BLOCK, writes / 9));
    int rounds = (int) Math.max(1, writes / (3L * block));
    try (CaptureVariants variants = CaptureVariants.open(bench, Math.min(writes, ROWS))) {
      tell(bench, "", measure(variants, rounds, block, false), block);
      int atOnce = (int) Math.min(AT_ONCE, writes);
      tell(bench, "-bulk", measure(variants, TIMES_AT_ONCE, atOnce, true), atOnce);
    }
  }

  /** What every block cost, by the table's variant and the kind of its writes, round by round. */
  private record Costs(Map<CaptureVariants.Variant, Map<Kind, List<Cost>>> blocks) {
    Costs() {
      this(new EnumMap<>(CaptureVariants.Variant.class));
    }

    List<Cost> of(CaptureVariants.Variant variant, Kind kind) {
      return blocks
          .computeIfAbsent(variant, any -> new EnumMap<>(Kind.class))
          .computeIfAbsent(kind, any -> new ArrayList<>());
    }

    /** What a variant's blocks cost more than those without triggers, a row. */
    List<Double> added(
        CaptureVariants.Variant variant, Kind kind, ToDoubleFunction<Cost> cost, int rows) {
      List<Cost> with = of(variant, kind);
      List<Cost> without = of(CaptureVariants.Variant.NONE, kind);
      List<Double> added = new ArrayList<>();
      for (int i = 0; i < with.size(); i++) {
        double more = cost.applyAsDouble(with.get(i)) - cost.applyAsDouble(without.get(i));
        added.add(more / rows);
      }
      return added;
    }
  }

  private static Costs measure(CaptureVariants variants, int rounds, int block, boolean atOnce)
      throws SQLException {
    Costs costs = new Costs();
    // The first round is for caches, plans and pages that are to be written whole.
    for (int round = -1; round < rounds; round++) {
      List<CaptureVariants.Variant> order =
          new ArrayList<>(List.of(CaptureVariants.Variant.values()));
      Collections.rotate(order, round);
      for (CaptureVariants.Variant variant : order) {
        OrderWrites writes = variants.writes(variant);
        for (Kind kind : Kind.values()) {
          Cost cost = atOnce ? writes.atOnce(kind, block) : writes.each(kind, block);
          if (round >= 0) {
            costs.of(variant, kind).add(cost);
          }
        }
      }
    }
    return costs;
  }

  private void tell(Bench bench, String suffix, Costs costs, int block) {
    for (CaptureVariants.Variant variant : CaptureVariants.Variant.values()) {
      String name = name() + suffix + variant.suffix();
      Goal goal =
          variant == CaptureVariants.Variant.CAPTURE && suffix.isEmpty()
              ? Goal.atMost(15)
              : Goal.NONE;
      List<Double> micros = new ArrayList<>();
      List<Double> wal = new ArrayList<>();
      for (Kind kind : Kind.values()) {
        boolean none = variant == CaptureVariants.Variant.NONE;
        List<Double> cpu =
            (none
                    ? costs.of(variant, kind).stream().map(c -> c.cpuSeconds() / block).toList()
                    : costs.added(variant, kind, Cost::cpuSeconds, block))
                .stream().map(seconds -> seconds * 1e6).toList();
        micros.addAll(cpu);
        wal.addAll(
            none
                ? costs.of(variant, kind).stream().map(c -> c.walBytes() / (double) block).toList()
                : costs.added(variant, kind, Cost::walBytes, block));
        bench.figure(
            name + "-" + kind.name().toLowerCase(Locale.ROOT), new Series(cpu), "us/row", goal);
      }
      bench.figure(name, new Series(micros), "us/row", goal);
      bench.figure(name + "-wal", new Series(wal), "bytes/row", Goal.NONE);
    }
  }
}
