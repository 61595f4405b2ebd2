package dev.kedge.starter;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.Scope;
import dev.kedge.console.Problem;
import dev.kedge.plan.Plan;
import dev.kedge.workflow.MigrationStatus;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.List;

/** Asks a worker to compare the moves of a migration now, under the epoch it has now. */
final class Comparing {
  private static final Type COMPARISONS = new TypeReference<List<Comparison>>() {}.getType();

  private final Session session;
  private final Duration limit;

  Comparing(Session session, Duration limit) {
    this.session = session;
    this.limit = limit;
  }

  @SuppressWarnings("unchecked")
  Reconciliation now(MigrationStatus status, Plan plan) {
    String name = status.migration();
    Long epoch = status.epoch();
    if (epoch == null) {
      throw Problem.failed(
          "KD3008", name + " is not registered yet; there is nothing to compare", "try again soon");
    }
    Scope scope = new Scope(name, plan.spec().database(), epoch);
    List<MoveScope> moves = plan.moves().stream().map(move -> new MoveScope(scope, move)).toList();
    return Reconciliation.of(
        (List<Comparison>)
            session
                .errand("verify", name)
                .ask("VerifyWorkflow", limit, List.class, COMPARISONS, moves));
  }
}
