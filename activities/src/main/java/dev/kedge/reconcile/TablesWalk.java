package dev.kedge.reconcile;

import dev.kedge.activity.Failures;
import dev.kedge.postgres.SqlStates;
import dev.kedge.projection.KeyRange;
import dev.kedge.reconcile.TablesMatcher.Differing;
import dev.kedge.reconcile.TablesMatcher.Part;
import dev.kedge.throttle.Throttle;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Compares tables from before every key to after every key, chunk by chunk, then looks again at
 * what differed: without capture nobody knows whether a difference was only a write between two
 * looks, so one counts that stays.
 */
final class TablesWalk {
  private static final int TRIES = 20;
  private static final int KEYS = 500;

  /** So many rows of a sample lie together. */
  private static final int SAMPLE_ROWS = 2_000;

  private static final int LONGEST_SKIP = 500_000;

  private final TablesMatcher matcher;
  private final How how;
  private final Consumer<TablesSoFar> beat;
  private final Pace pace;
  private TablesSoFar soFar;

  /**
   * How it looks.
   *
   * @param samplePercent how much of the source; 100 for all
   * @param rows rows of the first chunk
   * @param again the waits before each further look at what differs
   */
  record How(double samplePercent, int rows, List<Duration> again) {
    How {
      again = List.copyOf(again);
    }

    boolean samples() {
      return samplePercent < 100;
    }
  }

  /**
   * @param from where an earlier attempt left it
   * @param beat is told how far it is, between any two transactions
   */
  TablesWalk(TablesMatcher matcher, How how, TablesSoFar from, Consumer<TablesSoFar> beat) {
    this.matcher = matcher;
    this.how = how;
    this.beat = beat;
    this.pace = new Pace(how.rows(), Throttle.none());
    this.soFar = from;
  }

  /** Compares what is left. */
  TablesSoFar run() throws SQLException {
    while (!soFar.walked()) {
      beat.accept(soFar);
      step(new KeyRange(soFar.cursor(), null));
    }
    for (Duration wait : how.again()) {
      if (soFar.differing().isEmpty()) {
        break;
      }
      pause(wait);
      soFar = soFar.still(again(soFar.differing()));
    }
    return soFar;
  }

  private void step(KeyRange rest) throws SQLException {
    long begun = System.nanoTime();
    try {
      Part seen = patiently(() -> matcher.next(rest, rows()));
      pace.took(Duration.ofNanos(System.nanoTime() - begun));
      soFar = soFar.and(seen.range().hi(), seen.compared(), seen.differing(), 0);
      skip();
    } catch (CannotCompare e) {
      cannot(e);
    }
  }

  private int rows() {
    return how.samples() ? Math.min(SAMPLE_ROWS, pace.rows()) : pace.rows();
  }

  // Evenly spread: after each part so many rows that it was the percentage of both.
  private void skip() throws SQLException {
    long left = (long) (rows() * (100 / how.samplePercent() - 1));
    while (left > 0 && !soFar.walked()) {
      int rows = (int) Math.min(LONGEST_SKIP, left);
      left -= rows;
      KeyRange from = new KeyRange(soFar.cursor(), null);
      Optional<List<String>> key = patiently(() -> matcher.skip(from, rows));
      soFar = key.isEmpty() ? soFar.ended() : soFar.skipped(key.get());
      beat.accept(soFar);
    }
  }

  private void cannot(CannotCompare e) throws SQLException {
    SqlStates.Kind kind = SqlStates.kindOf(e);
    if (kind != SqlStates.Kind.BAD_DATA && kind != SqlStates.Kind.TOO_LARGE) {
      throw e.error();
    }
    if (rows() > 1) {
      pace.tooMuch();
      return;
    }
    // One row is left. Those of the target in between are looked at by key, later.
    List<Differing> seen = new ArrayList<>();
    for (List<String> key : patiently(() -> matcher.extras(e.range()))) {
      seen.add(new Differing(key, Kind.EXTRA.label()));
    }
    @Nullable List<String> hi = e.range().hi();
    if (hi != null) {
      seen.removeIf(each -> each.key().equals(hi));
      seen.add(new Differing(hi, Kind.NOT_COMPARABLE.label()));
    }
    soFar = soFar.and(hi, hi == null ? 0 : 1, seen, hi == null ? 1 : 0);
    soFar = soFar.because(SqlStates.describe(e.error()));
  }

  private List<Differing> again(List<Differing> differing) throws SQLException {
    List<List<String>> keys = differing.stream().map(Differing::key).toList();
    List<Differing> left = new ArrayList<>();
    for (int from = 0; from < keys.size(); from += KEYS) {
      beat.accept(soFar);
      left.addAll(look(keys.subList(from, Math.min(keys.size(), from + KEYS))));
    }
    return left;
  }

  private List<Differing> look(List<List<String>> keys) throws SQLException {
    try {
      return patiently(() -> matcher.keys(keys));
    } catch (SQLException e) {
      SqlStates.Kind kind = SqlStates.kindOf(e);
      if (kind != SqlStates.Kind.BAD_DATA && kind != SqlStates.Kind.TOO_LARGE) {
        throw e;
      }
      if (keys.size() == 1) {
        soFar = soFar.because(SqlStates.describe(e));
      }
    }
    if (keys.size() == 1) {
      return List.of(new Differing(keys.get(0), Kind.NOT_COMPARABLE.label()));
    }
    int half = keys.size() / 2;
    List<Differing> left = new ArrayList<>(look(keys.subList(0, half)));
    left.addAll(look(keys.subList(half, keys.size())));
    return left;
  }

  private interface Look<T> {
    T look() throws SQLException;
  }

  // Somebody's DDL may hold a lock for longer than we wait at once.
  private <T> T patiently(Look<T> look) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try {
        return look.look();
      } catch (SQLException e) {
        if (SqlStates.kindOf(e) != SqlStates.Kind.CONTENTION || attempt == TRIES) {
          throw e;
        }
        pause(Duration.ofMillis(100));
      }
    }
  }

  private void pause(Duration wait) {
    beat.accept(soFar);
    try {
      Thread.sleep(wait.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.unavailable("the worker shuts down; the compare goes on from where it is");
    }
  }
}
