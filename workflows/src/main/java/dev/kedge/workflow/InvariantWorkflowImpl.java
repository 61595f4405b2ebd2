package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.InvariantActivities;
import dev.kedge.activity.InvariantActivities.InvariantReport;
import dev.kedge.activity.InvariantActivities.InvariantRequest;
import dev.kedge.spec.Guards;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;

/** One check after another, with a timer between: what is due is for the database to say. */
public final class InvariantWorkflowImpl implements InvariantWorkflow {
  @Override
  public InvariantReport check(Input input) {
    InvariantActivities checks = ActivityProfiles.invariants("check invariants that are due");
    while (!Workflow.getInfo().isContinueAsNewSuggested()) {
      InvariantReport report = checks.checkInvariants(new InvariantRequest(input.scope(), true));
      if (input.guards().onViolated(report.violated().size()) != Guards.Reaction.NOTHING) {
        return report;
      }
      Promise<Void> next = Timers.start(input.every(), "next check of invariants");
      Workflow.await(next::isCompleted);
    }
    return Workflow.newContinueAsNewStub(InvariantWorkflow.class).check(input);
  }
}
