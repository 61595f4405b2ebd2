package dev.kedge.bench.run;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchSettings;
import dev.kedge.bench.measure.Report;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What concerns the application and the histories, at sizes that say nothing but that it works. */
final class ApplicationFiguresTest {
  @ParameterizedTest
  @CsvSource({
    "capture-cost, 900, figure capture-cost-synchronous-delete",
    "flip-lock, 2000, figure flip-lock-bulk-flip-max",
    "app-latency, 1000, ratio app-latency ",
    "history, 1, figure history-longest-run"
  })
  void measuresOnATinyTable(String name, long rows, String told) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    BenchSettings settings =
        new BenchSettings(
            OptionalLong.of(rows),
            1,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Path.of(".").toAbsolutePath());
    Report report = new Report(new PrintWriter(out), new PrintWriter(err), settings);
    try (Bench bench = new Bench(settings, report)) {
      assertTrue(bench.run(Benchmarks.of(List.of(name)).get(0)), err::toString);
    }
    assertTrue(out.toString().contains(told), out::toString);
  }
}
