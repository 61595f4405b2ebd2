package dev.kedge.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.RegistryActivities.Progress;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Reads how far a migration is. Remembers the last reading of each move, for its rate. */
final class ProgressReader {
  private final Map<String, Reading> readings = new ConcurrentHashMap<>();

  private record Reading(long rows, long nanos) {}

  Progress read(Sql sql, String migration) throws SQLException {
    Map<Integer, MovePlan> plans = new ConcurrentHashMap<>();
    RecordedPlans.find(sql, migration)
        .ifPresent(plan -> plan.moves().forEach(move -> plans.put(move.number(), move)));
    List<MoveProgress> moves = new ArrayList<>();
    for (Optional<MoveProgress> move :
        sql.list(ProgressSql.MOVES, row -> move(row, plans, migration), migration)) {
      move.ifPresent(moves::add);
    }
    return new Progress(moves, lag(sql, migration), application(sql, migration));
  }

  private Optional<MoveProgress> move(ResultSet row, Map<Integer, MovePlan> plans, String migration)
      throws SQLException {
    MovePlan plan = plans.get(row.getInt("move"));
    if (plan == null) {
      return Optional.empty();
    }
    Long done = longOf(row, "rows_done");
    Long total = longOf(row, "rows_total");
    Double rate =
        done == null || row.getString("filled_at") != null
            ? null
            : rate(migration + "/" + plan.number(), done);
    return Optional.of(
        new MoveProgress(
            plan.source().toString(),
            plan.target().toString(),
            done,
            total,
            rate,
            eta(done, total, rate),
            (int) row.getLong("lanes"),
            longOf(row, "chunk_rows"),
            row.getString("started_at"),
            row.getString("filled_at"),
            null,
            row.getString("blocked")));
  }

  private @Nullable Double rate(String move, long rows) {
    Reading now = new Reading(rows, System.nanoTime());
    Reading before = readings.put(move, now);
    if (before == null || before.rows() > rows) {
      return null;
    }
    double seconds = (now.nanos() - before.nanos()) / 1e9;
    return seconds <= 0 ? null : (rows - before.rows()) / seconds;
  }

  private static @Nullable Double eta(
      @Nullable Long done, @Nullable Long total, @Nullable Double rate) {
    return done == null || total == null || rate == null || rate <= 0
        ? null
        : Math.max(0, total - done) / rate;
  }

  private static @Nullable Long lag(Sql sql, String migration) throws SQLException {
    return sql.first(ProgressSql.LAG, row -> Optional.ofNullable(longOf(row, "lag")), migration)
        .flatMap(lag -> lag)
        .orElse(null);
  }

  private static JsonNode application(Sql sql, String migration) throws SQLException {
    ObjectNode suffered = Payloads.mapper().createObjectNode();
    sql.first(
        ProgressSql.APPLICATION,
        row -> {
          suffered.put("blockedByUs", row.getLong("blocked_by_us"));
          suffered.put("deadlocks", row.getLong("deadlocks"));
          suffered.put("serializationFailures", row.getLong("serialization_failures"));
          suffered.put("longestWaitMillis", longOf(row, "longest_wait_millis"));
          return "";
        },
        migration,
        migration);
    return suffered;
  }

  private static @Nullable Long longOf(ResultSet row, String column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? null : value;
  }
}
