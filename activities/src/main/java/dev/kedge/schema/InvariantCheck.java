package dev.kedge.schema;

import dev.kedge.plan.Refusal;
import dev.kedge.postgres.CheckRole;
import dev.kedge.postgres.CheckRole.Query;
import dev.kedge.postgres.CheckRoleRefusal;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.SqlStates;
import dev.kedge.spec.Invariant;
import dev.kedge.spec.Spec;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What speaks against the invariants of a spec on this database and this worker: queries that are
 * no reading ones, and a role for checks that is missing, may do more, or may not read what they
 * read.
 */
final class InvariantCheck {
  private static final Duration TO_PLAN = Duration.ofSeconds(2);

  // What expand is to make; that it makes it was seen on the clones.
  private static final Set<String> NOT_THERE_YET =
      Set.of("42P01", "42703", "42704", "42883", "3F000");

  private InvariantCheck() {}

  /** Every reason why they cannot be checked; none for a spec without invariants. */
  static List<Refusal> refusals(Database database, CatalogReader reader, Spec spec)
      throws SQLException {
    if (spec.invariants().isEmpty()) {
      return List.of();
    }
    List<Refusal> refusals = new ArrayList<>(reader.invariants(spec));
    Optional<Refusal> role = CheckRoleRefusal.find(database, "the spec has invariants");
    if (role.isPresent()) {
      refusals.add(role.get());
      return refusals;
    }
    Set<String> refused = refusals.stream().map(Refusal::object).collect(Collectors.toSet());
    for (Invariant invariant : spec.invariants()) {
      if (!refused.contains("invariant " + invariant.name())) {
        explain(database.checkRole().orElseThrow(), spec, invariant).ifPresent(refusals::add);
      }
    }
    return refusals;
  }

  // To explain a query asks for the same rights as to run it, and runs nothing.
  private static Optional<Refusal> explain(CheckRole role, Spec spec, Invariant invariant) {
    try {
      role.query(
          new Query(spec.migration(), "EXPLAIN " + invariant.offending(), TO_PLAN, 1, null),
          (rows, sql) -> "");
      return Optional.empty();
    } catch (SQLException e) {
      String state = e.getSQLState() == null ? "" : e.getSQLState();
      boolean later = NOT_THERE_YET.contains(state) && !spec.expand().isEmpty();
      return later || !(state.startsWith("42") || state.startsWith("3F"))
          ? Optional.empty()
          : Optional.of(
              InvariantJudge.refusal(
                  invariant,
                  "the role for checks cannot run it: " + SqlStates.describe(e),
                  "GRANT SELECT on what it reads to that role"));
    }
  }
}
