package dev.kedge.bench.run;

import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchSettings;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Report;
import dev.kedge.bench.measure.Results;
import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import dev.kedge.console.Program;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The benchmarks as a program. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures Kedge against the limit in the same run, and prints a line a figure:",
      "`figure NAME VALUE UNIT`, or `ratio NAME VALUE (ours A UNIT, limit B UNIT)`.",
      "What each benchmark measures: bench/run --list; how: bench/README.md."
    },
    footer = {
      "",
      "Examples:",
      "  bench/run copy-pk --rows 1000000",
      "  bench/run all --bin /usr/lib/postgresql/17/bin --markdown table.md"
    })
public final class BenchMain implements Callable<Integer> {
  /** Set by the script: the directory with the launcher. */
  static final String HOME = "KEDGE_BENCH_HOME";

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME",
      description = "what to measure, or `all`, which writes bench/results/latest.json too")
  private List<String> names = List.of();

  @Option(names = "--list", description = "says what each measures, and ends")
  private boolean list;

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "rows of a table; what the benchmark thinks usual unless given")
  private @Nullable Long rows;

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "how often a comparison is repeated (${DEFAULT-VALUE})")
  private int runs = 3;

  @Option(
      names = "--bin",
      paramLabel = "DIR",
      description =
          "programs of an installed PostgreSQL, which is started; the embedded one unless given")
  private @Nullable Path bin;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where the server keeps its data, such as below /dev/shm; removed at the end")
  private @Nullable Path data;

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "a server that runs already, as a superuser: postgresql://user@host:5432")
  private @Nullable String server;

  @Option(names = "--json", paramLabel = "FILE", description = "writes everything, raw samples too")
  private @Nullable Path json;

  @Option(names = "--markdown", paramLabel = "FILE", description = "writes a table")
  private @Nullable Path markdown;

  public static void main(String[] args) {
    System.exit(Program.prepare(new CommandLine(new BenchMain())).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    CommandLine commands = Objects.requireNonNull(spec).commandLine();
    if (list) {
      tell(commands.getOut());
      return ExitCode.OK.number();
    }
    List<Benchmark> chosen = Benchmarks.of(names);
    BenchSettings settings = settings(chosen);
    Report report = new Report(commands.getOut(), commands.getErr(), settings);
    boolean measured = true;
    try (Bench bench = new Bench(settings, report)) {
      for (Benchmark each : chosen) {
        measured &= bench.run(each);
      }
    }
    write(report.results(), settings.home());
    return (measured ? ExitCode.OK : ExitCode.FAILED).number();
  }

  private static void tell(PrintWriter out) {
    Benchmarks.ALL.forEach(each -> out.printf("%-18s %s%n", each.name(), each.what()));
    out.flush();
  }

  private BenchSettings settings(List<Benchmark> chosen) {
    if (chosen.isEmpty()) {
      throw Problem.usage("KD1200", "name what to measure", "bench/run --list");
    }
    if (runs < 1 || (rows != null && rows < 1)) {
      throw Problem.usage("KD1200", "--runs and --rows take numbers from 1", null);
    }
    if (server != null && (bin != null || data != null)) {
      throw Problem.usage(
          "KD1200",
          "--server measures on a server that runs already",
          "leave out --bin and --data");
    }
    return new BenchSettings(
        rows == null ? OptionalLong.empty() : OptionalLong.of(rows),
        runs,
        Optional.ofNullable(server),
        Optional.ofNullable(bin),
        Optional.ofNullable(data),
        home());
  }

  private static Path home() {
    String home = System.getenv(HOME);
    return Path.of(home == null ? "." : home).toAbsolutePath().normalize();
  }

  private void write(Results results, Path home) throws IOException {
    if (json != null) {
      results.writeJson(json);
    }
    if (names.contains(Benchmarks.ALL_OF_THEM)) {
      results.writeJson(home.resolve("bench").resolve("results").resolve("latest.json"));
    }
    if (markdown != null) {
      Files.writeString(markdown, results.markdown());
    }
  }
}
