package dev.kedge.throttle;

import dev.kedge.plan.Refusal;
import dev.kedge.postgres.CheckRole;
import dev.kedge.postgres.CheckRoleRefusal;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Transaction;
import dev.kedge.spec.Limit;
import dev.kedge.spec.Signal;
import dev.kedge.spec.Spec;
import dev.kedge.throttle.Bounds.Bound;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What speaks against the guards of a spec on this database and this worker: signals that would
 * never be readable, so that the migration would stand still for ever.
 */
public final class GuardCheck {
  /** Signals that only those can read who may see the sessions of others. */
  static final Set<Signal> OF_OTHERS =
      EnumSet.of(
          Signal.REPLICATION_LAG, Signal.ACTIVE_SESSIONS, Signal.OLDEST_XMIN, Signal.AUTOVACUUM);

  private static final String BLIND = "KD2205";
  private static final String QUERY = "KD2207";

  private final Database database;
  private final Spec spec;
  private final List<Refusal> refusals = new ArrayList<>();

  private GuardCheck(Database database, Spec spec) {
    this.database = database;
    this.spec = spec;
  }

  /** Every reason why the guards of {@code spec} cannot be read; none for a spec without guards. */
  public static List<Refusal> refusals(Database database, Spec spec) throws SQLException {
    GuardCheck check = new GuardCheck(database, spec);
    Bounds bounds = Bounds.of(spec.guards());
    check.sight(bounds);
    check.queries(bounds);
    return List.copyOf(check.refusals);
  }

  private void sight(Bounds bounds) throws SQLException {
    List<String> hidden =
        bounds.all().stream()
            .map(bound -> bound.limit().signal())
            .filter(OF_OTHERS::contains)
            .map(Signal::label)
            .distinct()
            .toList();
    if (hidden.isEmpty()) {
      return;
    }
    String blind =
        database.inTransaction(
            Transaction.readCommitted(spec.migration(), "plan"),
            sql ->
                sql.one(
                    SignalSql.SEES, row -> row.getBoolean("sees") ? "" : row.getString("role")));
    if (!blind.isEmpty()) {
      refuse(
          BLIND,
          "guards",
          "role " + blind + " may not see the sessions of others: " + String.join(", ", hidden),
          "GRANT pg_monitor TO " + blind + ", or guard by other signals");
    }
  }

  private void queries(Bounds bounds) throws SQLException {
    if (!bounds.has(Signal.QUERY)) {
      return;
    }
    Optional<Refusal> role = CheckRoleRefusal.find(database, "the guards have queries");
    if (role.isPresent()) {
      refusals.add(role.get());
      return;
    }
    for (Bound bound : bounds.all()) {
      if (bound.limit().signal() == Signal.QUERY) {
        attempt(database.checkRole().orElseThrow(), bound.limit());
      }
    }
  }

  // What is wrong with the statement itself stays wrong; anything else may pass.
  private void attempt(CheckRole role, Limit limit) {
    try {
      role.query(spec.migration(), Objects.requireNonNull(limit.sql(), "sql"), row -> "");
    } catch (SQLException e) {
      String state = e.getSQLState();
      if (state != null && (state.startsWith("42") || state.equals("25006"))) {
        refuse(
            QUERY,
            "guard " + limit.label(),
            "its query is refused: " + CheckQuery.problem(e),
            "it is one SELECT that the role for checks may run, and returns one number");
      }
    }
  }

  private void refuse(String code, String object, String why, String help) {
    refusals.add(new Refusal(code, object, why, help));
  }
}
