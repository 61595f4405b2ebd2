package dev.kedge.starter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.console.Problem;
import dev.kedge.plan.Phase;
import dev.kedge.spec.Gate;
import dev.kedge.starter.WaitGoal.Judgement;
import dev.kedge.workflow.State;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WaitGoalTest {
  @ParameterizedTest
  @CsvSource({
    "completed, backfill, running, NOT_YET",
    "completed, reads, waiting:writes, NOT_YET",
    "completed, done, completed, REACHED",
    "completed, backfill, paused, STOPPED",
    "completed, reconcile, parked, STOPPED",
    "completed, writes, aborted, STOPPED",
    "completed, backfill, rolledBack, STOPPED",
    "gate:reads, reconcile, running, NOT_YET",
    "gate:reads, reconcile, waiting:reads, REACHED",
    "gate:reads, reads, running, REACHED",
    "gate:reads, reads, waiting:writes, REACHED",
    "gate:writes, reconcile, waiting:reads, NOT_YET",
    "gate:writes, reads, waiting:writes, REACHED",
    "gate:contract, stability, waiting:contract, REACHED",
    "gate:reads, stability, running, REACHED",
    "gate:reads, done, completed, REACHED",
    "gate:reads, reconcile, parked, STOPPED",
    "gate:reads, stability, rolledBack, STOPPED",
    "phase:stability, writes, running, NOT_YET",
    "phase:stability, stability, running, REACHED",
    "phase:backfill, stability, waiting:contract, REACHED",
    "phase:backfill, backfill, paused, REACHED",
    "phase:stability, backfill, paused, STOPPED",
    "paused, backfill, running, NOT_YET",
    "paused, backfill, paused, REACHED",
    "paused, backfill, parked, STOPPED",
    "parked, reconcile, parked, REACHED",
    "parked, done, completed, STOPPED",
    "any, backfill, running, NOT_YET",
    "any, reads, waiting:writes, REACHED",
    "any, backfill, paused, REACHED",
    "any, reconcile, parked, REACHED",
    "any, done, completed, REACHED",
    "any, backfill, aborted, STOPPED",
  })
  void aStatusIsJudgedByWhatIsWaitedFor(
      String goal, String phase, String state, Judgement judgement) {
    String[] parts = state.split(":");
    Gate open = parts.length == 2 ? Gate.of(parts[1]) : null;
    assertEquals(
        judgement,
        WaitGoal.parse(goal).judge(Samples.status(Phase.of(phase), State.of(parts[0]), open)));
  }

  @Test
  void aGoalThatIsNoneIsRefusedWithWhatWasMeant() {
    assertTrue(refusal("gate:raeds").contains("did you mean \"reads\""));
    assertTrue(refusal("phase:backfil").contains("did you mean \"backfill\""));
    assertTrue(refusal("finished").contains("completed"));
  }

  private static String refusal(String goal) {
    return assertThrows(Problem.class, () -> WaitGoal.parse(goal)).render();
  }
}
