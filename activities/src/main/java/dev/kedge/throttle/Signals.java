package dev.kedge.throttle;

import dev.kedge.postgres.Row;
import dev.kedge.postgres.SqlStates;
import dev.kedge.spec.Limit;
import dev.kedge.throttle.Memory.Size;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One reading of signals, each in a transaction of its own: one that fails leaves the others
 * readable. What a later reading needs is in {@link #memory}.
 */
final class Signals {
  // Measuring it looks at every file of the database.
  private static final long SIZE_EVERY_MILLIS = 30_000;
  // A claim ends after eight seconds; what is not read until then is not known.
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(300);

  private final Subject subject;
  private final Tick tick;
  private final long begun = System.nanoTime();
  private final long until = begun + LONGEST.toNanos();
  private final Map<String, Value> values = new HashMap<>();

  private WalHistory wal;
  private Map<String, Integer> replicas;
  private Stall stall;
  private @Nullable Size size;
  private boolean walRead;
  private @Nullable String blind;

  /**
   * What a reading stands on.
   *
   * @param millis the time by the database's clock
   * @param passed milliseconds since the reading before
   * @param limited whether anything limited the migration since then
   * @param commitMillis how long a small durable commit took; negative when none was made
   * @param memory of the reading before
   */
  record Tick(long millis, long passed, boolean limited, double commitMillis, Memory memory) {}

  Signals(Subject subject, Tick tick) {
    this.subject = subject;
    this.tick = tick;
    this.wal = tick.memory().wal();
    this.replicas = tick.memory().replicas();
    this.stall = tick.memory().stall();
    this.size = tick.memory().size();
  }

  /** The value of a limit's signal, read once however many bounds it has. */
  Value of(Limit limit) {
    String label = limit.label();
    Value value = values.get(label);
    if (value == null) {
      value = read(limit);
      values.put(label, value);
    }
    return value;
  }

  /** What is to be remembered, beside the state. */
  Memory memory(State state) {
    return new Memory(
        tick.millis(),
        state.calmSeconds(),
        state.reached(),
        state.unknown(),
        wal,
        replicas,
        stall,
        size);
  }

  private Value read(Limit limit) {
    if (System.nanoTime() - until > 0) {
      return Value.unknown("other signals took too long");
    }
    try {
      return choose(limit);
    } catch (SQLException e) {
      return Value.unknown(SqlStates.describe(e));
    }
  }

  private Value choose(Limit limit) throws SQLException {
    return switch (limit.signal()) {
      case REPLICATION_LAG -> replicationLag();
      case BLOCKED_BY_US -> count(SignalSql.BLOCKED_BY_US, subject.scope().migration());
      case ACTIVE_SESSIONS -> seeing(SignalSql.ACTIVE_SESSIONS);
      case WAL_PER_SECOND -> walPerSecond();
      case SLOT_RETENTION -> count(SignalSql.SLOT_RETENTION);
      case OLDEST_XMIN -> seeing(SignalSql.OLDEST_XMIN);
      case COMMIT_LATENCY -> commitLatency();
      case AUTOVACUUM -> seeing(SignalSql.AUTOVACUUM, subject.id());
      case DATABASE_SIZE -> databaseSize();
      case STALLED_FOR -> stalledFor();
      case DIFFERENCES -> count(SignalSql.DIFFERENCES, subject.id());
      case INVARIANT -> throw new IllegalStateException("invariants are looked after elsewhere");
      case QUERY -> new CheckQuery(subject).value(limit);
    };
  }

  private Value count(String query, Object... binds) throws SQLException {
    return one(query, row -> Value.of(row.getDouble("value")), binds);
  }

  /** Of what only those see who may look at the sessions of others. */
  private Value seeing(String query, Object... binds) throws SQLException {
    String why = blindness();
    return why.isEmpty() ? count(query, binds) : Value.unknown(why);
  }

  private String blindness() throws SQLException {
    if (blind == null) {
      blind =
          one(
              SignalSql.SEES,
              row ->
                  row.getBoolean("sees")
                      ? ""
                      : "role %1$s may not see other sessions; GRANT pg_monitor TO %1$s"
                          .formatted(row.getString("role")));
    }
    return blind;
  }

  private Value replicationLag() throws SQLException {
    String why = blindness();
    if (!why.isEmpty()) {
      return Value.unknown(why);
    }
    ReplicaLag lag = new ReplicaLag(subject, walEnd(), replicas);
    Value value = lag.read();
    replicas = lag.seen();
    return value;
  }

  private Value walPerSecond() throws SQLException {
    OptionalDouble rate = walEnd().rate();
    if (rate.isEmpty()) {
      // The first look would stand everything still; two of them are a rate.
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
      walRead = false;
      rate = walEnd().rate();
    }
    return rate.isPresent() ? Value.of(rate.getAsDouble()) : Value.unknown("no time has passed");
  }

  private WalHistory walEnd() throws SQLException {
    if (!walRead) {
      long bytes = one(SignalSql.WAL_END, row -> row.getLong("bytes"));
      wal = wal.and(new WalHistory.Point(now(), bytes));
      walRead = true;
    }
    return wal;
  }

  private long now() {
    return tick.millis() + (System.nanoTime() - begun) / 1_000_000;
  }

  private Value commitLatency() {
    return tick.commitMillis() < 0
        ? Value.unknown("no commit was made")
        : Value.of(tick.commitMillis());
  }

  private Value databaseSize() throws SQLException {
    Size known = size;
    if (known == null || tick.millis() - known.millis() >= SIZE_EVERY_MILLIS) {
      double bytes = one(SignalSql.DATABASE_SIZE, row -> row.getDouble("value"));
      known = new Size(bytes, tick.millis());
      size = known;
    }
    return Value.of(known.bytes());
  }

  private Value stalledFor() throws SQLException {
    String mark = one(SignalSql.PROGRESS, row -> row.getString("mark"), subject.id());
    stall = stall.after(mark, tick.limited(), tick.passed());
    return Value.of((double) stall.millis());
  }

  private <T> T one(String query, Row<T> row, Object... binds) throws SQLException {
    return subject.run(sql -> sql.one(query, row, binds));
  }
}
