package dev.kedge.reconcile;

import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Round;
import dev.kedge.activity.ReconcileActivities.RoundRequest;
import dev.kedge.activity.Scope;
import dev.kedge.ledger.Observations;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * A later look at sealed evidence: the keys captured since are compared, the catalog and the plan
 * looked at, and what came of it is appended. What was sealed stays; a doubt makes it void.
 */
final class EvidenceRound {
  private final Database database;
  private final RoundRequest request;
  private final Look look;
  private final Doubts doubts = new Doubts();

  /** Compares the keys of a move captured since. */
  interface Look {
    Comparison compareCaptured(MoveScope move) throws SQLException;
  }

  EvidenceRound(Database database, RoundRequest request, Look look) {
    this.database = database;
    this.request = request;
    this.look = look;
  }

  Round run() throws SQLException {
    Scope scope = request.scope();
    Plan plan = inTransaction(sql -> EvidenceSeal.plan(sql, scope));
    List<Comparison> compared = new ArrayList<>();
    for (int move : request.moves()) {
      Comparison comparison = look.compareCaptured(new MoveScope(scope, plan.move(move)));
      compared.add(comparison);
      doubts.addUnproven(plan, comparison);
    }
    return inTransaction(
        sql -> {
          long migration = EvidenceSeal.fenced(sql, scope, "proven again");
          addDoubts(sql, migration, plan);
          return append(sql, migration, compared);
        });
  }

  private void addDoubts(Sql sql, long migration, Plan plan) throws SQLException {
    for (MovePlan move : plan.moves()) {
      if (request.moves().contains(move.number())) {
        // Of its content only the doubts are new.
        new MoveEvidence(sql, migration, move, doubts)
            .proven(request.scope(), request.gate(), plan);
      }
    }
    doubts.addOfMigration(sql, migration);
    doubts.addOfPlan(sql, migration, request.planHash());
    doubts.addOfInvariants(sql, migration, plan, request.gate());
    sql.first(
            EvidenceSql.VOID_WHY,
            row -> Optional.ofNullable(row.getString("void_why")),
            migration,
            request.evidence())
        .flatMap(why -> why)
        .ifPresent(why -> doubts.add("it was void before: " + why));
  }

  private Round append(Sql sql, long migration, List<Comparison> compared) throws SQLException {
    if (!doubts.none()) {
      String why = String.join("; ", doubts.sentences());
      sql.update(EvidenceSql.VOID, why, migration, request.evidence());
      Observations.note(
          sql,
          migration,
          "evidence %d for gate %s is void: %s"
              .formatted(request.evidence(), request.gate().label(), why));
    }
    return sql.one(
        EvidenceSql.ROUND,
        row ->
            new Round(
                row.getInt("round"),
                doubts.none(),
                doubts.sentences(),
                compared,
                row.getString("at")),
        migration,
        request.evidence(),
        request.promotion(),
        doubts.none(),
        sum(compared, Comparison::comparedRows),
        sum(compared, Comparison::missing),
        sum(compared, Comparison::extra),
        sum(compared, Comparison::different),
        sum(compared, Comparison::notComparable),
        sum(compared, Comparison::explained),
        doubts.sentences(),
        migration,
        request.evidence());
  }

  private static long sum(List<Comparison> compared, ToLongFunction<Comparison> figure) {
    return compared.stream().mapToLong(figure).sum();
  }

  private <T> T inTransaction(Work<T> work) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "seal"), work);
  }
}
