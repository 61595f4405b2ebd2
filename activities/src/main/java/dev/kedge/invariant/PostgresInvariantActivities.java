package dev.kedge.invariant;

import dev.kedge.activity.InvariantActivities;
import dev.kedge.activity.Scope;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.SqlStates;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import java.sql.SQLException;
import java.time.Duration;

/** Checks invariants by the role for checks, in the database that has both sides. */
public final class PostgresInvariantActivities implements InvariantActivities {
  // A side that follows is behind by milliseconds, unless the application never pauses.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Databases databases;

  public PostgresInvariantActivities(Databases databases) {
    this.databases = databases;
  }

  @Override
  public InvariantReport checkInvariants(InvariantRequest request) {
    Scope scope = request.scope();
    try {
      return new Checks(databases.get(scope.database()), scope, PATIENCE, beat())
          .run(request.due());
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "checking the invariants of " + scope.migration());
    }
  }

  // Outside of an activity nobody hears it.
  private static Runnable beat() {
    try {
      ActivityExecutionContext context = Activity.getExecutionContext();
      return () -> context.heartbeat(null);
    } catch (IllegalStateException outsideOfActivities) {
      return () -> {};
    }
  }
}
