package dev.kedge.starter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.activity.MoveProgress;
import dev.kedge.plan.Phase;
import dev.kedge.spec.Gate;
import dev.kedge.workflow.State;
import org.junit.jupiter.api.Test;

final class StatusTextTest {
  @Test
  void aGateThatWaitsSaysWhatToType() {
    assertEquals(
        """
        users-handle  reads, waiting  plan sha256:plan
          public.users  [##----------------------]  12.0 %, 120,000 of 1,000,000 rows, 91,000 rows/s, 10 s left, 12 captured keys
          gate reads waits: 0 of 1 approvals, evidence sha256:evidence
          kedge approve users-handle reads""",
        String.join(
            "\n", StatusText.block(Samples.status(Phase.READS, State.WAITING, Gate.READS))));
  }

  @Test
  void whatIsParkedSaysWhyAndWhatHelps() {
    assertEquals(
        """
        users-handle  reconcile, parked  plan sha256:plan
          public.users  [##----------------------]  12.0 %, 120,000 of 1,000,000 rows, 91,000 rows/s, 10 s left, 12 captured keys
          parked: somebody had a reason
          help: do something about it
          kedge retry users-handle""",
        String.join("\n", StatusText.block(Samples.status(Phase.RECONCILE, State.PARKED, null))));
  }

  @Test
  void ofTwoHeartbeatsTheOneFurtherOnIsTheNewer() {
    MoveProgress merged =
        LiveFigures.merge(Samples.progress(200L, 5.0), Samples.progress(100L, 9.0));
    assertEquals(200L, merged.rowsDone());
    assertEquals(5.0, merged.rowsPerSecond());
  }
}
