package dev.kedge.registry;

import dev.kedge.activity.Failures;
import dev.kedge.activity.InvariantActivities.InvariantResult;
import dev.kedge.activity.InvariantActivities.InvariantState;
import dev.kedge.activity.Scope;
import dev.kedge.ledger.Observations;
import dev.kedge.postgres.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What invariants came to, as the control schema keeps it: the latest result of each. */
public final class InvariantNotes {
  private static final String READ =
      """
      SELECT name, state, required, rows, keys, reason, to_json(at) #>> '{}' AS at,
        (extract(epoch FROM clock_timestamp() - at) * 1000)::bigint AS age_millis
      FROM kedge.invariant
      WHERE migration = ?
      ORDER BY place, name""";

  // FOR SHARE: a bump of the epoch waits for it, and after a bump there is nothing to write.
  private static final String KEEP =
      """
      WITH current AS (
        SELECT id
        FROM kedge.migration
        WHERE name = ? AND epoch = ? AND open AND ended_at IS NULL
        FOR SHARE
      )
      INSERT INTO kedge.invariant (migration, name, place, state, required, rows, keys, reason)
      SELECT id, ?, ?, ?, ?, ?::bigint, ?, ?
      FROM current
      ON CONFLICT (migration, name) DO UPDATE
      SET place = EXCLUDED.place, state = EXCLUDED.state, required = EXCLUDED.required,
        rows = EXCLUDED.rows, keys = EXCLUDED.keys, reason = EXCLUDED.reason,
        at = clock_timestamp()
      RETURNING migration""";

  private InvariantNotes() {}

  /** A result and how old it is by the database's clock. */
  public record Kept(InvariantResult result, Duration age) {}

  /** The latest results, in the order of the spec. */
  public static List<Kept> read(Sql sql, long migration) throws SQLException {
    return sql.list(READ, InvariantNotes::kept, migration);
  }

  /**
   * Keeps a result, and says in the observations when it is another than before; rows that may
   * offend yet are none of them. Fails with FENCED when the epoch is over.
   *
   * @param before what was kept; empty when nothing was
   * @param place in the spec, from 1
   */
  public static void keep(
      Sql sql, Scope scope, InvariantResult result, Optional<Kept> before, int place)
      throws SQLException {
    Optional<Long> kept =
        sql.first(
            KEEP,
            row -> row.getLong("migration"),
            scope.migration(),
            scope.epoch(),
            result.name(),
            place,
            result.state().label(),
            result.required(),
            result.rows(),
            result.keys(),
            result.reason());
    if (kept.isEmpty()) {
      throw Failures.fenced(
          "%s: epoch %d is over; what its invariants came to was not kept"
              .formatted(scope.migration(), scope.epoch()));
    }
    InvariantState earlier = before.map(each -> told(each.result())).orElse(InvariantState.HOLDS);
    if (earlier != told(result)) {
      Observations.note(sql, kept.get(), "invariant " + result.words());
    }
  }

  private static InvariantState told(InvariantResult result) {
    return result.state() == InvariantState.VIOLATED && !result.required()
        ? InvariantState.HOLDS
        : result.state();
  }

  private static Kept kept(ResultSet row) throws SQLException {
    long rows = row.getLong("rows");
    Long counted = row.wasNull() ? null : Long.valueOf(rows);
    return new Kept(
        new InvariantResult(
            row.getString("name"),
            InvariantState.of(row.getString("state")),
            row.getBoolean("required"),
            counted,
            Objects.requireNonNull(Sql.texts(row, "keys")),
            row.getString("reason"),
            row.getString("at")),
        Duration.ofMillis(row.getLong("age_millis")));
  }
}
