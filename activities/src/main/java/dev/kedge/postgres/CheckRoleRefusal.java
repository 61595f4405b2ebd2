package dev.kedge.postgres;

import dev.kedge.plan.Refusal;
import java.sql.SQLException;
import java.util.Optional;

/** What speaks against the role that runs the queries of specs in a database. */
public final class CheckRoleRefusal {
  private static final String CODE = "KD2206";

  private CheckRoleRefusal() {}

  /**
   * Why no query can be trusted to it; empty when it may read and nothing else.
   *
   * @param who has queries, as in "the guards have queries"
   */
  public static Optional<Refusal> find(Database database, String who) {
    Optional<CheckRole> role = database.checkRole();
    return role.isEmpty() ? Optional.of(missing(database, who)) : excess(database, role.get());
  }

  private static Refusal missing(Database database, String who) {
    return refusal(
        database,
        who + ", and this worker knows no role to run them",
        "name a login role that may only read in the worker's configuration: databases: {%s: {roles: {check: …}}}"
            .formatted(database.name()));
  }

  private static Optional<Refusal> excess(Database database, CheckRole role) {
    String excess;
    try {
      excess = role.excess();
    } catch (SQLException e) {
      return Optional.of(
          refusal(
              database,
              "the role for checks cannot log in: " + SqlStates.describe(e),
              "let it log in from the worker, with the same password or one in pgpass"));
    }
    return excess.isEmpty()
        ? Optional.empty()
        : Optional.of(
            refusal(
                database,
                "the role for checks may do more than read: " + excess,
                "a READ ONLY transaction does not contain every function; REVOKE it, or name another role"));
  }

  private static Refusal refusal(Database database, String why, String help) {
    return new Refusal(CODE, "database " + database.name(), why, help);
  }
}
