package dev.kedge.reconcile;

import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities;
import dev.kedge.activity.Scope;
import dev.kedge.drift.DriftWatch;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.throttle.Throttles;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityInfo;
import java.sql.SQLException;
import java.util.UUID;

/** Compares, repairs and seals by statements in the database that has both sides. */
public final class PostgresReconcileActivities implements ReconcileActivities {
  private final Databases databases;
  private final Throttles throttles = new Throttles();

  public PostgresReconcileActivities(Databases databases) {
    this.databases = databases;
  }

  @Override
  public Comparison compareMove(MoveScope request) {
    return compare(request, "comparing", reconciler -> reconciler.compareAll(run()));
  }

  @Override
  public Comparison compareCaptured(MoveScope request) {
    return compare(
        request, "comparing keys captured in", reconciler -> reconciler.compareCaptured(run()));
  }

  @Override
  public Repair repairFindings(RepairRequest request) {
    Asked asked = new Asked(run(), request.askedBy());
    return of(
        request.where(),
        "repairing",
        database ->
            Repairer.of(database, request.where(), Bounds.USUAL, Pulse.ofActivity(), asked)
                .repair());
  }

  @Override
  public Evidence sealEvidence(SealRequest request) {
    try {
      return new EvidenceSeal(databases.get(request.scope().database()), request).seal();
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "sealing the evidence of " + request.scope().migration());
    }
  }

  @Override
  public Round proveAgain(RoundRequest request) {
    Database database = databases.get(request.scope().database());
    try {
      return new EvidenceRound(database, request, this::compareCaptured).run();
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "proving %s again".formatted(request.scope().migration()));
    }
  }

  @Override
  public void voidEvidence(VoidRequest request) {
    Scope scope = request.scope();
    try {
      databases
          .get(scope.database())
          .inTransaction(
              Transaction.readCommitted(scope.migration(), "seal"),
              sql ->
                  sql.update(
                      EvidenceSql.VOID_OF, request.why(), scope.migration(), request.evidence()));
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "noting that evidence of " + scope.migration() + " is void");
    }
  }

  private interface Compare {
    Comparison by(Reconciler reconciler) throws SQLException;
  }

  // What was compared says something only of tables that were the planned ones all along.
  private Comparison compare(MoveScope request, String doing, Compare compare) {
    return of(
        request,
        doing,
        database -> {
          Subject subject = Notes.subject(database, request);
          DriftWatch drift = new DriftWatch(database, request, subject.migration());
          drift.look();
          Comparison result = compare.by(reconciler(database, subject));
          drift.look();
          return result;
        });
  }

  private Reconciler reconciler(Database database, Subject subject) throws SQLException {
    return new Reconciler(
        database,
        subject,
        Bounds.USUAL,
        Pulse.ofActivity(),
        lane -> throttles.lane(database, subject.scope(), subject.migration(), lane));
  }

  // A retry of this activity has the same, a later compare another.
  private static String run() {
    try {
      ActivityInfo info = Activity.getExecutionContext().getInfo();
      return info.getWorkflowRunId() + "/" + info.getActivityId();
    } catch (IllegalStateException outsideOfActivities) {
      return UUID.randomUUID().toString();
    }
  }

  private interface Step<T> {
    T in(Database database) throws SQLException;
  }

  private <T> T of(MoveScope request, String doing, Step<T> step) {
    try {
      return step.in(databases.get(request.scope().database()));
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, doing + " " + request.move().target());
    }
  }
}
