package dev.kedge.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.RegistryActivities.Progress;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads how far a migration is, all moves in the caller's snapshot. */
final class ProgressReader {
  private ProgressReader() {}

  static Progress read(Sql sql, String migration) throws SQLException {
    Optional<Long> id = sql.first(ProgressSql.ID, row -> row.getLong("id"), migration);
    Optional<Plan> plan = id.isEmpty() ? Optional.empty() : RecordedPlans.find(sql, migration);
    List<MoveProgress> moves = new ArrayList<>();
    Long lag = null;
    for (MovePlan move : plan.map(Plan::moves).orElse(List.of())) {
      var read = dev.kedge.backfill.Progress.read(sql, id.orElseThrow(), move);
      moves.add(blocked(read.move(), read.blocked()));
      lag = longer(lag, read.lagMillis());
    }
    return new Progress(moves, lag, application(sql, migration));
  }

  private static @Nullable Long longer(@Nullable Long one, @Nullable Long other) {
    return one == null ? other : other == null ? one : Long.valueOf(Math.max(one, other));
  }

  /** A lock that cannot be had is what limits. */
  private static MoveProgress blocked(MoveProgress move, @Nullable String by) {
    return new MoveProgress(
        move.from(),
        move.to(),
        move.rowsDone(),
        move.rowsTotal(),
        move.rowsPerSecond(),
        move.etaSeconds(),
        move.lanes(),
        move.chunkRows(),
        move.startedAt(),
        move.finishedAt(),
        move.capturedKeys(),
        by == null ? move.throttledBy() : Objects.requireNonNull(by));
  }

  private static JsonNode application(Sql sql, String migration) throws SQLException {
    ObjectNode suffered = Payloads.mapper().createObjectNode();
    sql.first(
        ProgressSql.APPLICATION,
        row -> {
          suffered.put("blockedByUs", row.getLong("blocked_by_us"));
          suffered.put("deadlocks", row.getLong("deadlocks"));
          suffered.put("serializationFailures", row.getLong("serialization_failures"));
          long longest = row.getLong("longest_wait_millis");
          suffered.put("longestWaitMillis", row.wasNull() ? null : Long.valueOf(longest));
          return "";
        },
        migration,
        migration);
    return suffered;
  }
}
