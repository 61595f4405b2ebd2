package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.ReconcileActivities;
import dev.kedge.activity.ReconcileActivities.Round;
import io.temporal.failure.CanceledFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** One look after another, until one finds a doubt or none comes to an end. */
public final class VigilWorkflowImpl implements VigilWorkflow {
  /**
   * A look costs thirteen events and a query over what was captured since; approvers are hardly
   * served by a fresher one, for the last look comes after them.
   */
  static final Duration EVERY = Duration.ofMinutes(15);

  /** A gate that has waited for days is in no hurry; well before what was sealed is stale. */
  static final Duration RARELY = Duration.ofHours(4);

  /** Without a clean look for so long, what was sealed says nothing of now: law 7. */
  static final Duration STALE = Duration.ofHours(6);

  private static final Duration AT_ONCE = Duration.ofMillis(1);

  @Override
  public Round watch(Input input) {
    String gate = input.evidence().gate().label();
    ReconcileActivities looks =
        ActivityProfiles.reconcile("prove the evidence for gate " + gate + " again");
    Instant proven = Instant.parse(input.provenAt());
    while (!Workflow.getInfo().isContinueAsNewSuggested()) {
      Promise<Void> over =
          Timers.start(input.forDays() ? RARELY : EVERY, "next look at the evidence");
      Workflow.await(over::isCompleted);
      Promise<Round> look = Async.function(looks::proveAgain, input.evidence());
      if (!ended(look, patience(proven))) {
        return stale(proven);
      }
      Round round = look.get();
      if (!round.clean()) {
        return round;
      }
      proven = Clock.instant();
    }
    return Workflow.newContinueAsNewStub(VigilWorkflow.class)
        .watch(new Input(input.evidence(), proven.toString(), true));
  }

  /**
   * Whether it came to an end in time. Called off, it is waited for: another may follow at once.
   */
  private static boolean ended(Promise<Round> look, Duration patience) {
    try {
      return Workflow.await(patience, look::isCompleted);
    } catch (CanceledFailure calledOff) {
      look.handle((round, failure) -> failure == null).get();
      throw calledOff;
    }
  }

  private static Duration patience(Instant proven) {
    Duration left = STALE.minus(Duration.between(proven, Clock.instant()));
    return left.compareTo(AT_ONCE) < 0 ? AT_ONCE : left;
  }

  private static Round stale(Instant proven) {
    String doubt =
        "stale: it was proven last at %s, and no look came to an end for %d hours"
            .formatted(proven, STALE.toHours());
    return new Round(0, false, List.of(doubt), List.of(), Clock.now());
  }
}
