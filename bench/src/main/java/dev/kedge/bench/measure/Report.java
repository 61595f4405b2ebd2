package dev.kedge.bench.measure;

import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** All that was measured: a line each as it comes, and at the end as a whole. */
public final class Report {
  private final PrintWriter out;
  private final PrintWriter err;
  private final BenchSettings settings;
  private final Instant startedAt = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private final List<Told> told = new ArrayList<>();
  private final List<Finding> findings = new ArrayList<>();
  private Map<String, String> server = Map.of();
  private @Nullable Benchmark now;
  private Load load = new Load();
  private String loadBefore = "";
  private long begun;

  /**
   * @param out where figures go
   * @param err where the rest goes
   */
  public Report(PrintWriter out, PrintWriter err, BenchSettings settings) {
    this.out = out;
    this.err = err;
    this.settings = settings;
  }

  void begin(Benchmark benchmark) {
    now = benchmark;
    load = new Load();
    loadBefore = Load.average();
    begun = System.nanoTime();
    say(benchmark.what());
  }

  void end(@Nullable Exception failure) {
    Benchmark ended = Objects.requireNonNull(now);
    told.add(
        new Told(
            ended.name(),
            ended.what(),
            (System.nanoTime() - begun) / 1e9,
            loadBefore,
            load.stolenPercent(),
            failure == null ? null : failure.toString()));
    if (failure != null) {
      say("failed: " + failure);
      failure.printStackTrace(err);
      err.flush();
    }
  }

  /** The benchmark that runs. */
  String benchmark() {
    return now == null ? "" : now.name();
  }

  void server(Map<String, String> serverSettings) {
    if (server.isEmpty()) {
      server = Map.copyOf(serverSettings);
    }
  }

  void add(Finding finding) {
    findings.add(finding);
    out.println(finding.line());
    out.flush();
  }

  void say(String line) {
    err.println(benchmark() + ": " + line);
    err.flush();
  }

  /** All of it, to be written somewhere. */
  public Results results() {
    return new Results(
        Results.FORM,
        startedAt.toString(),
        Commit.of(settings.home()),
        Machine.here(),
        server,
        settings.rows().isPresent() ? settings.rows().getAsLong() : null,
        settings.runs(),
        told,
        findings);
  }
}
