package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.BackfillActivities;
import dev.kedge.activity.BackfillActivities.LaneRequest;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.Failures;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Lanes side by side; each asks for one turn after another until every range is done. */
public final class BackfillWorkflowImpl implements BackfillWorkflow {
  /** Others hold what is left: short at first, for they may be about to end. */
  private static final Duration FIRST_WAIT = Duration.ofSeconds(2);

  /** A range whose worker died is free within a heartbeat; looking more often is no use. */
  private static final Duration LAST_WAIT = Duration.ofSeconds(30);

  private boolean done;

  @Override
  public void backfill(Input input) {
    List<Strand> lanes = new ArrayList<>();
    for (int number = 1; number <= input.lanes(); number++) {
      int lane = number;
      lanes.add(Strand.start(() -> run(input, lane)));
    }
    Workflow.await(
        () -> lanes.stream().allMatch(Strand::ended) || lanes.stream().anyMatch(Strand::failed));
    // When one fails the others are left to the fence, and to heartbeats that nobody answers.
    for (Strand lane : lanes) {
      if (lane.failed()) {
        lane.end().get();
      }
    }
    if (!done) {
      Workflow.newContinueAsNewStub(BackfillWorkflow.class).backfill(input);
    }
  }

  private void run(Input input, int lane) {
    BackfillActivities turns =
        ActivityProfiles.lane("backfill " + input.move().move().target() + " lane " + lane);
    LaneRequest request = new LaneRequest(input.move(), lane, ActivityProfiles.TURN_BUDGET);
    Duration wait = FIRST_WAIT;
    while (!done && !Workflow.getInfo().isContinueAsNewSuggested()) {
      Outcome outcome = turns.fillRanges(request).outcome();
      switch (outcome) {
        case BUDGET -> wait = FIRST_WAIT;
        case DONE -> done = true;
        case FENCED -> throw Failures.fenced("lane " + lane + " was told to write no more");
        case NOTHING_TO_CLAIM -> wait = waitForOthers(wait);
      }
    }
  }

  private Duration waitForOthers(Duration wait) {
    Promise<Void> over = Timers.start(wait, "others hold what is left");
    Workflow.await(() -> over.isCompleted() || done);
    Duration doubled = wait.multipliedBy(2);
    return doubled.compareTo(LAST_WAIT) > 0 ? LAST_WAIT : doubled;
  }
}
