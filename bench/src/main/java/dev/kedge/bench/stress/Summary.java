package dev.kedge.bench.stress;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a run came to, as text and as Markdown. */
final class Summary {
  private final Settings settings;
  private final Run run;
  private final Stress stress;

  Summary(Settings settings, Run run, Stress stress) {
    this.settings = settings;
    this.run = run;
    this.stress = stress;
  }

  /** Whether nothing was found and every counter reached its floor. */
  boolean passed() {
    return run.findings().none() && run.counters().missing().isEmpty();
  }

  String text() {
    List<String> lines = new ArrayList<>();
    for (Counter counter : Counter.values()) {
      long floor = run.counters().floor(counter);
      lines.add(
          String.format(
              Locale.ROOT,
              "  %-70s %,14d%s",
              counter.label(),
              run.counters().get(counter),
              floor == 0 ? "" : below(counter, floor)));
    }
    lines.add("  %-70s %14d".formatted("lost, ghost or stale rows, and other findings", found()));
    stress.skipped().forEach((shape, why) -> lines.add("  not run: " + shape + ": " + why));
    run.findings().list().forEach(finding -> lines.add("  FINDING: " + finding));
    lines.add(head());
    lines.add(passed() ? "PASSED" : "FAILED");
    return String.join("\n", lines);
  }

  private long found() {
    return run.findings().count();
  }

  private String below(Counter counter, long floor) {
    return String.format(
        Locale.ROOT,
        "  (at least %,d)%s",
        floor,
        run.counters().get(counter) < floor ? "  BELOW ITS FLOOR" : "");
  }

  private String head() {
    return String.format(
        Locale.ROOT,
        "seed %d, %,d transactions committed in %d min %d s, %,d rows a table",
        settings.seed(),
        run.counters().committed(),
        run.narrator().elapsed().toMinutes(),
        run.narrator().elapsed().toSecondsPart(),
        settings.rows());
  }

  String markdown() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "`bench/stress --seed %d --transactions %d`: %s; %s."
            .formatted(
                settings.seed(), settings.transactions(), head(), passed() ? "passed" : "FAILED"));
    lines.add("");
    lines.add("Rounds: " + rounds(stress.rounds()) + ".");
    stress
        .skipped()
        .forEach((shape, why) -> lines.add("Not run: " + shape + ", refused by the planner."));
    lines.add("");
    lines.add("| counted | figure | floor |");
    lines.add("|---|---:|---:|");
    for (Counter counter : Counter.values()) {
      long floor = run.counters().floor(counter);
      lines.add(
          String.format(
              Locale.ROOT,
              "| %s | %,d | %s |",
              counter.label(),
              run.counters().get(counter),
              floor == 0 ? "" : String.format(Locale.ROOT, "%,d", floor)));
    }
    lines.add(
        "| **lost, ghost or stale rows, errors caused by Kedge, other findings** | **%d** | |"
            .formatted(found()));
    run.findings().list().forEach(finding -> lines.add("\n- " + finding));
    return String.join("\n", lines) + "\n";
  }

  private static String rounds(Map<String, Integer> rounds) {
    return rounds.entrySet().stream()
        .map(shape -> shape.getKey() + " " + shape.getValue())
        .collect(Collectors.joining(", "));
  }
}
