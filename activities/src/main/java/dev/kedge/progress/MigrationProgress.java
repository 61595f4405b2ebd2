package dev.kedge.progress;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.RegistryActivities;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.Sql;
import dev.kedge.registry.InvariantNotes;
import dev.kedge.registry.InvariantNotes.Kept;
import dev.kedge.registry.RecordedPlans;
import dev.kedge.throttle.ThrottleReport;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads how far a migration is, all moves in the caller's snapshot. */
public final class MigrationProgress {
  private MigrationProgress() {}

  /** How far all moves of the unfinished migration of that name are; none when there is none. */
  public static RegistryActivities.Progress read(Sql sql, String migration) throws SQLException {
    Optional<Long> id = sql.first(ProgressSql.ID, row -> row.getLong("id"), migration);
    Optional<Plan> plan = id.isEmpty() ? Optional.empty() : RecordedPlans.find(sql, migration);
    List<MoveProgress> moves = new ArrayList<>();
    Long lag = null;
    ThrottleReport throttle =
        id.isEmpty() ? ThrottleReport.NOTHING : ThrottleReport.read(sql, id.get());
    for (MovePlan move : plan.map(Plan::moves).orElse(List.of())) {
      Progress.Read read = Progress.read(sql, id.orElseThrow(), move);
      moves.add(read.limited(throttle));
      lag = longer(lag, read.lagMillis());
    }
    return new RegistryActivities.Progress(
        moves,
        lag,
        application(sql, migration),
        throttle.readings(),
        throttle.observations(),
        id.isEmpty()
            ? List.of()
            : InvariantNotes.read(sql, id.get()).stream().map(Kept::result).toList());
  }

  private static @Nullable Long longer(@Nullable Long one, @Nullable Long other) {
    return one == null ? other : other == null ? one : Long.valueOf(Math.max(one, other));
  }

  private static JsonNode application(Sql sql, String migration) throws SQLException {
    ObjectNode suffered = Payloads.mapper().createObjectNode();
    sql.first(
        ProgressSql.APPLICATION,
        row -> {
          suffered.put("blockedByUs", row.getLong("blocked_by_us"));
          suffered.put("deadlocks", row.getLong("deadlocks"));
          suffered.put("serializationFailures", row.getLong("serialization_failures"));
          suffered.put("lockTimeouts", row.getLong("lock_timeouts"));
          long longest = row.getLong("longest_wait_millis");
          suffered.put("longestWaitMillis", row.wasNull() ? null : Long.valueOf(longest));
          return "";
        },
        migration,
        migration);
    return suffered;
  }
}
