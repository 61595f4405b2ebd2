package dev.kedge.throttle;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.RegistryActivities.Observation;
import dev.kedge.activity.RegistryActivities.Reading;
import dev.kedge.postgres.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What guards and throttle say of a migration, for its status.
 *
 * @param readings of every bound, in the order of the spec; empty before the first
 * @param observations the latest, oldest first
 * @param limitedBy what limits now, in words; null when nothing does
 */
public record ThrottleReport(
    List<Reading> readings, List<Observation> observations, @Nullable String limitedBy) {
  /** Of a migration without guards. */
  public static final ThrottleReport NOTHING = new ThrottleReport(List.of(), List.of(), null);

  public ThrottleReport {
    readings = List.copyOf(readings);
    observations = List.copyOf(observations);
  }

  /** Of the migration of that number, in the caller's transaction. */
  public static ThrottleReport read(Sql sql, long migration) throws SQLException {
    List<Observation> observations =
        sql.list(
            ThrottleSql.OBSERVATIONS,
            row -> new Observation(row.getString("at"), row.getString("words")),
            migration);
    ThrottleReport report = now(sql, migration);
    return new ThrottleReport(report.readings(), observations, report.limitedBy());
  }

  /** The same without observations. */
  public static ThrottleReport now(Sql sql, long migration) throws SQLException {
    return sql.first(ThrottleSql.REPORT, ThrottleReport::report, migration).orElse(NOTHING);
  }

  private static ThrottleReport report(ResultSet row) throws SQLException {
    String at = row.getString("checked_at");
    if (at == null) {
      return NOTHING;
    }
    List<Reading> readings =
        list(row.getString("readings")).stream()
            .map(
                noted ->
                    new Reading(
                        noted.guard(),
                        noted.signal(),
                        noted.value(),
                        noted.bound(),
                        noted.problem(),
                        at))
            .toList();
    return new ThrottleReport(readings, List.of(), limitedBy(row, at));
  }

  // Of a migration that is paused nothing is read, and nothing limits it but the pause.
  private static @Nullable String limitedBy(ResultSet row, String at) throws SQLException {
    if (!row.getBoolean("open") || !row.getBoolean("current")) {
      return null;
    }
    if (!row.getBoolean("known")) {
      return "signals, which nobody has read since " + at;
    }
    String cause = row.getString("cause");
    return cause == null ? null : words(cause);
  }

  private static @Nullable String words(String json) {
    try {
      return Payloads.mapper().readValue(json, Cause.class).words();
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  private static List<Noted> list(String json) {
    try {
      return Payloads.mapper().readValue(json, new TypeReference<List<Noted>>() {});
    } catch (JsonProcessingException e) {
      return List.of();
    }
  }
}
