package dev.kedge.throttle;

import dev.kedge.postgres.Replica;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far the replica furthest behind is: of all that the primary sends WAL to, and of all that the
 * worker is configured with. One that cannot be reached, or that was there before and is gone,
 * makes it unknown: nobody can say how far behind it is.
 *
 * <p>The server's own measure stands still while a replica replays nothing and says nothing, and is
 * the age of an old commit after a quiet time; so it is held against where the WAL ended when.
 */
final class ReplicaLag {
  private final Subject subject;
  private final WalHistory wal;
  private final Map<String, Integer> before;
  private final Map<String, Integer> now = new HashMap<>();
  private double worst;

  /**
   * @param wal whose last point is from before any replica is asked
   * @param before how many replicas of each name were seen in this epoch
   */
  ReplicaLag(Subject subject, WalHistory wal, Map<String, Integer> before) {
    this.subject = subject;
    this.wal = wal;
    this.before = before;
  }

  private record Position(String name, @Nullable Double lagMillis, @Nullable Long bytes) {}

  Value read() throws SQLException {
    String problem = streaming();
    for (Replica replica : subject.database().replicas()) {
      problem = problem == null ? configured(replica) : problem;
    }
    return problem == null ? Value.of(worst) : Value.unknown(problem);
  }

  /** How many of each name were seen in this epoch. */
  Map<String, Integer> seen() {
    Map<String, Integer> seen = new HashMap<>(before);
    now.forEach((name, count) -> seen.merge(name, count, Math::max));
    return seen;
  }

  private @Nullable String streaming() throws SQLException {
    List<Position> positions =
        subject.run(
            sql -> sql.list(SignalSql.REPLICAS, row -> position(row.getString("name"), row)));
    for (Position position : positions) {
      // One that says nothing of replay receives WAL only, or has just begun.
      if (position.bytes() != null) {
        now.merge(position.name(), 1, Integer::sum);
        take(position);
      }
    }
    return before.entrySet().stream()
        .filter(entry -> now.getOrDefault(entry.getKey(), 0) < entry.getValue())
        .findFirst()
        .map(
            entry ->
                "replica "
                    + entry.getKey()
                    + " is gone from pg_stat_replication; if it is not to come back, pause and resume")
        .orElse(null);
  }

  private @Nullable String configured(Replica replica) {
    try {
      Position position =
          replica.read(
              sql ->
                  sql.one(
                      SignalSql.REPLAYED,
                      row ->
                          row.getBoolean("standby")
                              ? position(replica.name(), row)
                              : new Position(replica.name(), null, null)));
      if (position.bytes() == null) {
        return "replica " + replica.name() + " is not a standby";
      }
      take(position);
      return null;
    } catch (SQLException e) {
      return "replica " + replica.name() + " cannot be reached";
    }
  }

  private void take(Position position) {
    Long bytes = position.bytes();
    Double lag = position.lagMillis();
    if (bytes != null) {
      worst = Math.max(worst, wal.lag(bytes, lag == null ? 0 : lag));
    }
  }

  private static Position position(String name, ResultSet row) throws SQLException {
    double lag = row.getDouble("lag_millis");
    boolean noLag = row.wasNull();
    long bytes = row.getLong("bytes");
    return new Position(name, noLag ? null : lag, row.wasNull() ? null : bytes);
  }
}
