package dev.kedge.throttle;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.Payloads;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Work;
import dev.kedge.spec.Signal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One reading of all signals and the decision that follows. Claimed in the controller's row, so
 * that of all workers one reads; no transaction is open while signals are read.
 */
final class Ticker {
  private final Subject subject;
  private final Bounds bounds;
  private final LongUnaryOperator clock;

  /**
   * @param clock what the time is when the database's clock says so; the same, but in tests
   */
  Ticker(Subject subject, Bounds bounds, LongUnaryOperator clock) {
    this.subject = subject;
    this.bounds = bounds;
    this.clock = clock;
  }

  /** What was found in the row when it was claimed. */
  private record Claimed(
      String by,
      State state,
      Memory memory,
      int lanes,
      long now,
      long passed,
      double commitMillis) {
    Claimed commit(double millis) {
      return new Claimed(by, state, memory, lanes, now, passed, millis);
    }
  }

  /** Reads and decides, unless somebody does or has done so within the last second. */
  void tick() throws SQLException {
    Optional<Claimed> claim = claim();
    if (claim.isPresent()) {
      decide(claim.get());
    }
  }

  private Optional<Claimed> claim() throws SQLException {
    // Reading how long a commit takes needs one that waits.
    boolean timed = bounds.has(Signal.COMMIT_LATENCY);
    String by = UUID.randomUUID().toString();
    long[] committing = {0};
    Work<Optional<Claimed>> claiming =
        sql -> {
          Optional<Claimed> claimed = claim(sql, by);
          committing[0] = System.nanoTime();
          return claimed;
        };
    Optional<Claimed> claimed = timed ? subject.durably(claiming) : subject.run(claiming);
    double millis = timed ? (System.nanoTime() - committing[0]) / 1e6 : -1;
    return claimed.map(each -> each.commit(millis));
  }

  private Optional<Claimed> claim(Sql sql, String by) throws SQLException {
    long id = subject.id();
    long epoch = subject.scope().epoch();
    Optional<Claimed> claimed =
        sql.first(ThrottleSql.CLAIM, row -> claimed(row, by), id, epoch, by);
    if (claimed.isPresent() || sql.update(ThrottleSql.MAKE, id, epoch) == 0) {
      return claimed;
    }
    return sql.first(ThrottleSql.CLAIM, row -> claimed(row, by), id, epoch, by);
  }

  private Claimed claimed(ResultSet row, String by) throws SQLException {
    long now = clock.applyAsLong(row.getLong("now"));
    Memory memory = Memory.of(row.getString("memory"));
    boolean first = memory.millis() == 0 || !row.getBoolean("same_epoch");
    int tuned = row.getInt("lanes");
    return new Claimed(
        by,
        first
            ? State.FRESH
            : new State(
                row.getDouble("budget"),
                memory.calmSeconds(),
                cause(row.getString("cause")),
                null,
                memory.reached(),
                memory.unknown()),
        first ? memory.inNewEpoch() : memory,
        tuned > 0 ? tuned : subject.lanes(),
        now,
        first ? 0 : now - memory.millis(),
        -1);
  }

  private void decide(Claimed claimed) throws SQLException {
    State before = claimed.state();
    Signals signals =
        new Signals(
            subject,
            new Signals.Tick(
                claimed.now(),
                claimed.passed(),
                before.fresh() || before.cause() != null,
                claimed.commitMillis(),
                claimed.memory()));
    List<Reading> readings =
        bounds.all().stream()
            .map(bound -> new Reading(bound.guard(), bound.limit(), signals.of(bound.limit())))
            .toList();
    State after =
        Controller.next(
            before,
            readings,
            new Controller.Moment(claimed.now(), claimed.passed() / 1e3, claimed.lanes()));
    store(claimed, readings, after, signals.memory(after));
  }

  private void store(Claimed claimed, List<Reading> readings, State after, Memory memory)
      throws SQLException {
    long id = subject.id();
    long epoch = subject.scope().epoch();
    Cause cause = after.cause();
    Trip trip = after.trip();
    subject.run(
        sql -> {
          long stored =
              sql.update(
                  ThrottleSql.STORE,
                  id,
                  epoch,
                  after.budget(),
                  cause == null ? null : Json.of(cause),
                  Json.of(readings.stream().map(Noted::of).toList()),
                  memory.json(),
                  trip == null ? null : trip.message(subject.scope().migration()),
                  trip == null ? null : trip.guard().label(),
                  claimed.by());
          if (stored == 1) {
            observe(sql, Changes.between(claimed.state(), after, claimed.now()));
          }
          return stored;
        });
  }

  private void observe(Sql sql, List<String> changes) throws SQLException {
    for (String words : changes) {
      sql.update(ThrottleSql.OBSERVE, subject.id(), subject.scope().epoch(), words);
    }
    if (!changes.isEmpty()) {
      sql.update(ThrottleSql.TRIM, subject.id(), subject.scope().epoch());
    }
  }

  private static @Nullable Cause cause(@Nullable String json) {
    try {
      return json == null ? null : Payloads.mapper().readValue(json, Cause.class);
    } catch (JsonProcessingException e) {
      return null;
    }
  }
}
