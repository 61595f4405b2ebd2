package dev.kedge.invariant;

import dev.kedge.activity.InvariantActivities.InvariantReport;
import dev.kedge.activity.InvariantActivities.InvariantResult;
import dev.kedge.activity.InvariantActivities.InvariantState;
import dev.kedge.activity.Scope;
import dev.kedge.backfill.Pause;
import dev.kedge.ledger.Migrations;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.CheckRole;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import dev.kedge.registry.InvariantNotes;
import dev.kedge.registry.InvariantNotes.Kept;
import dev.kedge.registry.RecordedPlans;
import dev.kedge.spec.Invariant;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Checks the invariants of a migration's recorded plan, one after another. */
final class Checks {
  private static final long BETWEEN_LOOKS_MILLIS = 50;

  private final Database database;
  private final Scope scope;
  private final Duration patience;
  private final Runnable beat;

  /**
   * @param patience how long a moment is waited for in which nothing is underway
   */
  Checks(Database database, Scope scope, Duration patience, Runnable beat) {
    this.database = database;
    this.scope = scope;
    this.patience = patience;
    this.beat = beat;
  }

  /** Checks all, or only what must hold and was checked longest ago than it asks for. */
  InvariantReport run(boolean due) throws SQLException {
    long migration = Migrations.current(database, scope);
    Plan plan = read(sql -> RecordedPlans.find(sql, scope.migration())).orElseThrow(this::over);
    List<Invariant> invariants = plan.spec().invariants();
    for (int place = 1; place <= invariants.size(); place++) {
      Invariant invariant = invariants.get(place - 1);
      Optional<Kept> before = kept(migration, invariant);
      if (!due || isDue(invariant, before)) {
        beat.run();
        keep(check(migration, plan, invariant), before, place);
      }
    }
    Set<String> names = invariants.stream().map(Invariant::name).collect(Collectors.toSet());
    return new InvariantReport(
        read(sql -> InvariantNotes.read(sql, migration)).stream()
            .map(Kept::result)
            .filter(result -> names.contains(result.name()))
            .toList());
  }

  private static boolean isDue(Invariant invariant, Optional<Kept> before) {
    return before
        .filter(kept -> kept.result().required())
        .filter(
            kept ->
                kept.result().state() != InvariantState.HOLDS
                    || kept.age().compareTo(invariant.interval()) >= 0)
        .isPresent();
  }

  private InvariantResult check(long migration, Plan plan, Invariant invariant)
      throws SQLException {
    Optional<CheckRole> role = database.checkRole();
    if (role.isEmpty()) {
      return unknown(
          invariant, true, "this worker's configuration names no role for checks (roles: check)");
    }
    Looks looks = () -> Look.at(database, scope, migration, plan, invariant, role.get());
    InvariantResult first = patiently(invariant, looks);
    // What stops a migration is looked at twice.
    return first.state() == InvariantState.VIOLATED ? patiently(invariant, looks) : first;
  }

  private interface Looks {
    Look next() throws SQLException;
  }

  private InvariantResult patiently(Invariant invariant, Looks looks) throws SQLException {
    long until = System.nanoTime() + patience.toNanos();
    while (true) {
      Look look = null;
      String locked = "";
      try {
        look = looks.next();
      } catch (SQLException e) {
        locked = locked(e);
      }
      if (look != null && (look.early(invariant) || !look.inconclusive())) {
        return result(invariant, look);
      }
      if (System.nanoTime() - until > 0) {
        return undecided(invariant, look, locked);
      }
      beat.run();
      Pause.aboutMillis(BETWEEN_LOOKS_MILLIS);
    }
  }

  // Whoever is in the way goes away; a server out of reach is for the activity to be tried again.
  private static String locked(SQLException e) throws SQLException {
    return switch (SqlStates.kindOf(e)) {
      case CONTENTION, STATEMENT -> Look.locked(e);
      case UNAVAILABLE, TOO_LARGE, NO_SPACE, BAD_DATA -> throw e;
    };
  }

  private static InvariantResult undecided(
      Invariant invariant, @Nullable Look look, String locked) {
    if (look == null) {
      return unknown(invariant, true, locked);
    }
    return unknown(
        invariant,
        look.required(invariant),
        look.problem() != null
            ? look.problem()
            : "each time its rows offended, the side that follows had not got all yet; with fewer writes"
                + " or sync: synchronous there is a moment when it has");
  }

  private static InvariantResult result(Invariant invariant, Look look) {
    Seen seen = look.seen();
    if (seen == null) {
      return unknown(invariant, look.required(invariant), String.valueOf(look.problem()));
    }
    boolean violated = seen.rows() > 0;
    return new InvariantResult(
        invariant.name(),
        violated ? InvariantState.VIOLATED : InvariantState.HOLDS,
        look.required(invariant),
        violated ? Long.valueOf(seen.rows()) : null,
        seen.keys(),
        null,
        "");
  }

  private static InvariantResult unknown(Invariant invariant, boolean required, String reason) {
    return new InvariantResult(
        invariant.name(), InvariantState.NOT_CHECKED, required, null, List.of(), reason, "");
  }

  private Optional<Kept> kept(long migration, Invariant invariant) throws SQLException {
    return read(sql -> InvariantNotes.read(sql, migration)).stream()
        .filter(kept -> kept.result().name().equals(invariant.name()))
        .findFirst();
  }

  private void keep(InvariantResult result, Optional<Kept> before, int place) throws SQLException {
    database.inTransaction(
        Transaction.readCommitted(scope.migration(), "invariant"),
        sql -> {
          InvariantNotes.keep(sql, scope, result, before, place);
          return "";
        });
  }

  private <T> T read(Work<T> work) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(scope.migration(), "look").relaxed(), work);
  }

  private RuntimeException over() {
    return Migrations.over(scope);
  }
}
