package dev.kedge.bench.measure;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a benchmark measures with, and tells its figures to. */
public final class Bench implements AutoCloseable {
  private final BenchSettings settings;
  private final Report report;
  private final List<BenchDatabase> databases = new ArrayList<>();
  private @Nullable BenchServer server;
  private Map<String, String> serverSettings = Map.of();
  private int made;

  public Bench(BenchSettings settings, Report report) {
    this.settings = settings;
    this.report = report;
  }

  /** Body of a timed run. */
  @FunctionalInterface
  public interface Body {
    void run() throws Exception;
  }

  /** Runs one benchmark, and removes its databases after it; false when it failed. */
  public boolean run(Benchmark benchmark) {
    report.begin(benchmark);
    try {
      benchmark.run(this);
      report.end(null);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      report.end(e);
      return false;
    } catch (Exception e) {
      report.end(e);
      return false;
    } finally {
      dropDatabases();
    }
  }

  /** How many rows a table is to have: what was asked for, otherwise {@code usual}. */
  public long rows(long usual) {
    return settings.rows().orElse(usual);
  }

  /** How often a comparison is repeated. */
  public int runs() {
    return settings.runs();
  }

  /** The directory with the launcher. */
  public Path home() {
    return settings.home();
  }

  /** The server all measure on, in its usual settings. */
  public BenchServer server() throws SQLException, IOException {
    return server(Map.of());
  }

  /**
   * The server with further settings; another one is started when they are not those of the one
   * that runs. A server that was given by URL has to be set so by its owner.
   */
  public BenchServer server(Map<String, String> more) throws SQLException, IOException {
    BenchServer running = server;
    if (running != null && (more.equals(serverSettings) || settings.server().isPresent())) {
      return running;
    }
    dropDatabases();
    if (running != null) {
      running.close();
    }
    BenchServer fresh = BenchServer.open(settings, more);
    server = fresh;
    serverSettings = Map.copyOf(more);
    report.server(fresh.settings());
    return fresh;
  }

  /** A fresh database on {@link #server()}, dropped when the benchmark is over. */
  public BenchDatabase database() throws SQLException, IOException {
    return database(Map.of());
  }

  /** The same on {@link #server(Map)}. */
  public BenchDatabase database(Map<String, String> more) throws SQLException, IOException {
    BenchDatabase database =
        server(more).create("kedge_bench_%d_%d".formatted(ProcessHandle.current().pid(), ++made));
    databases.add(database);
    return database;
  }

  /**
   * Writes out what is in the server's buffers, then runs the body and says how long it took, and
   * how long the server's processes ran.
   */
  public Sample timed(BenchDatabase database, Body body) throws Exception {
    database.execute("CHECKPOINT");
    double cpu = database.server().cpuSeconds();
    long begun = System.nanoTime();
    body.run();
    long ended = System.nanoTime();
    return new Sample((ended - begun) / 1e9, database.server().cpuSeconds() - cpu);
  }

  /** Runs both in turn, limit first, as often as was asked for. */
  public Pair interleave(Trial limit, Trial ours) throws Exception {
    List<Sample> limits = new ArrayList<>();
    List<Sample> own = new ArrayList<>();
    for (int number = 1; number <= runs(); number++) {
      limits.add(told("limit", number, limit.run(number)));
      own.add(told("ours", number, ours.run(number)));
    }
    return new Pair(limits, own);
  }

  private Sample told(String whose, int number, Sample sample) {
    say("%s %d: %.2f s, %.2f s of processor", whose, number, sample.seconds(), sample.cpuSeconds());
    return sample;
  }

  /** Tells one value. */
  public void figure(String name, double value, String unit) {
    figure(name, value, unit, Goal.NONE);
  }

  public void figure(String name, double value, String unit, Goal goal) {
    figure(name, Series.of(value), unit, goal);
  }

  /** Tells the median of a series. */
  public void figure(String name, Series series, String unit, Goal goal) {
    report.add(Finding.figure(report.benchmark(), name, series, unit, goal));
  }

  /** Tells how many times the limit ours is: the median of the one over that of the other. */
  public void ratio(String name, Series ours, Series limit, String unit, Goal goal) {
    report.add(Finding.ratio(report.benchmark(), name, ours, limit, unit, goal));
  }

  /**
   * Tells the ratio of both rates, and beside it: {@code NAME-cpu}, the same of the processor time
   * of the server, where less is better, and {@code NAME-noise}, the limit's own spread.
   */
  public void rates(String name, long rows, Pair pair, Goal goal) {
    Series limit = pair.limitRates(rows);
    ratio(name, pair.ourRates(rows), limit, "rows/s", goal);
    if (pair.hasCpu()) {
      ratio(name + "-cpu", pair.ourCpu(), pair.limitCpu(), "s", Goal.NONE);
    }
    figure(name + "-noise", 100 * limit.spread(), "%");
  }

  /** Says on stderr how far it is. */
  public void say(String format, @Nullable Object... values) {
    report.say(String.format(Locale.ROOT, format, values));
  }

  private void dropDatabases() {
    for (BenchDatabase each : databases) {
      try {
        each.close();
      } catch (SQLException e) {
        say("a database stays: %s", e.getMessage());
      }
    }
    databases.clear();
  }

  @Override
  public void close() {
    dropDatabases();
    if (server != null) {
      server.close();
    }
  }
}
