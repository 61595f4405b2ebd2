package dev.kedge.bench.stress;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.Payloads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A run: rounds, one shape after the other, until enough transactions are committed. */
final class Stress {
  /** Floors that were missed by then stay missed. */
  private static final double AT_MOST = 1.5;

  private static final long TOLD_EVERY_MILLIS = 10_000;
  private static final int LOG_LINES = 30;
  private static final String ACTIVITY =
      """
      SELECT format('%s %s %s %s %s since %s: %s', pid, application_name, state, wait_event_type,
        wait_event, xact_start, left(query, 200))
      FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
      ORDER BY application_name""";

  private final Settings settings;
  private final Run run;
  private final Map<String, String> skipped = new LinkedHashMap<>();
  private final Map<String, Integer> rounds = new LinkedHashMap<>();
  private volatile @Nullable Round current;
  private volatile boolean over;

  Stress(Settings settings, Run run) {
    this.settings = settings;
    this.run = run;
  }

  /** Shapes the planner refused, and why. */
  Map<String, String> skipped() {
    return skipped;
  }

  /** Rounds of each shape that were walked to their end. */
  Map<String, Integer> rounds() {
    return rounds;
  }

  void run() throws SQLException, InterruptedException, IOException {
    try (Harbor harbor = Harbor.open(settings, run)) {
      Thread teller = new Thread(this::tell, "teller");
      teller.setDaemon(true);
      teller.start();
      rounds(harbor);
      harbor.refusals().take();
      harbor.serverLog().read();
    } finally {
      over = true;
    }
  }

  private void rounds(Harbor harbor) throws SQLException, InterruptedException, IOException {
    List<Shapes.Maker> shapes = new ArrayList<>(settings.shapes());
    int number = 0;
    while (!enough() && run.findings().none() && !shapes.isEmpty()) {
      Shapes.Maker maker = shapes.get(0);
      shapes.remove(maker);
      number++;
      String prefix = "r" + number;
      String refused = round(harbor, maker, maker.recipe().make(prefix, harbor.random().split()));
      if (refused.isEmpty()) {
        rounds.merge(maker.name(), 1, Integer::sum);
        shapes.add(maker);
      } else {
        run.narrator().say("NOT RUN: " + maker.name() + ", refused: " + refused);
        skipped.put(maker.name(), refused);
      }
    }
  }

  /** Enough transactions, and every shape at least once. */
  private boolean enough() {
    long committed = run.counters().committed();
    return rounds.size() + skipped.size() >= settings.shapes().size()
        && committed >= settings.transactions()
        && (run.counters().missing().isEmpty() || committed >= settings.transactions() * AT_MOST);
  }

  private String round(Harbor harbor, Shapes.Maker maker, Shape shape)
      throws SQLException, InterruptedException, IOException {
    run.narrator().say("round " + shape.migration() + " begins");
    Round round = new Round(harbor, shape, settings.directory(), run, settings.rows(), share());
    current = round;
    try {
      String refused = round.walk();
      if (run.findings().none()) {
        round.clear();
      }
      return refused;
    } catch (Migration.Stuck e) {
      run.findings().add(maker.name() + ": " + e.getMessage());
      dump(harbor, round);
      return "";
    }
  }

  /** Rounds are many, so that each kind of trouble finds its place, and no shorter than useful. */
  private long share() {
    return Math.max(4_000, Math.min(40_000, settings.transactions() / 6));
  }

  private void tell() {
    long last = 0;
    while (!over) {
      try {
        Thread.sleep(TOLD_EVERY_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      long now = run.counters().committed();
      Round round = current;
      run.narrator()
          .say(
              String.format(
                  Locale.ROOT,
                  "%s: %,d committed (%d/s), %d kills, %d freezes, %d restarts, %d findings",
                  round == null ? "" : round.now(),
                  now,
                  (now - last) * 1000 / TOLD_EVERY_MILLIS,
                  run.counters().get(Counter.KILLS),
                  run.counters().get(Counter.FREEZES),
                  run.counters().get(Counter.RESTARTS),
                  run.findings().count()));
      last = now;
    }
  }

  /** What somebody wants to see who looks for the reason. */
  private void dump(Harbor harbor, Round round) {
    try {
      run.narrator()
          .say("status: " + Payloads.mapper().writeValueAsString(round.migration().last()));
    } catch (JsonProcessingException e) {
      run.narrator().say("status: " + round.migration().last());
    }
    try (Connection connection = harbor.server().connect("dump")) {
      Jdbc.list(connection, ACTIVITY, row -> row.getString(1)).forEach(run.narrator()::say);
    } catch (SQLException e) {
      run.narrator().say("pg_stat_activity: " + e);
    }
    for (Path log : harbor.fleet().logs()) {
      run.narrator().say("--- " + log);
      tail(log).forEach(run.narrator()::say);
    }
  }

  private static List<String> tail(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      return lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size());
    } catch (IOException e) {
      return List.of(e.toString());
    }
  }
}
