package dev.kedge.bench.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchSettings;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Report;
import dev.kedge.console.Problem;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class BenchmarksTest {
  private static final Set<String> NAMES =
      Set.of(
          "copy-pk",
          "copy-indexes",
          "copy-lanes",
          "inplace",
          "product-overhead",
          "verify",
          "verify-fresh",
          "capture-cost",
          "flip-lock",
          "app-latency",
          "growth",
          "pause",
          "history",
          "cli",
          "worker-memory");

  @Test
  void everyNameIsOneThatPeopleKnow() {
    Set<String> found =
        Benchmarks.ALL.stream().map(Benchmark::name).collect(Collectors.toCollection(TreeSet::new));
    assertEquals(Benchmarks.ALL.size(), found.size());
    found.removeAll(NAMES);
    assertEquals(Set.of(), found);
  }

  @Test
  void anUnknownNameIsAnsweredWithThoseThereAre() {
    Problem problem = assertThrows(Problem.class, () -> Benchmarks.of(List.of("copy")));
    assertTrue(problem.render().contains("copy-pk, "), problem.render());
  }

  @Test
  void allAreChosenByOneWord() {
    assertEquals(Benchmarks.ALL, Benchmarks.of(List.of("all")));
  }

  @Test
  void aSmallCopyIsMeasuredAgainstItsLimit() {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    BenchSettings settings =
        new BenchSettings(
            OptionalLong.of(10_000),
            1,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Path.of("."));
    Report report = new Report(new PrintWriter(out), new PrintWriter(err), settings);
    try (Bench bench = new Bench(settings, report)) {
      assertTrue(bench.run(new CopyPk()), err::toString);
    }
    String line = out.toString().lines().findFirst().orElse("");
    assertTrue(
        line.matches("ratio copy-pk [0-9.]+ \\(ours [0-9.]+ rows/s, limit [0-9.]+ rows/s\\)"),
        line);
  }
}
