package dev.kedge.starter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.MoveProgress.LongestRound;
import dev.kedge.activity.MoveProgress.Quarantined;
import dev.kedge.plan.Phase;
import dev.kedge.spec.Gate;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.State;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StatusTextTest {
  @Test
  void aGateThatWaitsSaysWhatToType() {
    assertEquals(
        """
        users-handle  reads, waiting  plan sha256:plan
          public.users  [##----------------------]  12.0 %, 120,000 of 1,000,000 rows, 91,000 rows/s, 10 s left
              2 lanes, 8,000 rows a chunk, 12 captured keys
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
          public.users  [##----------------------]  12.0 %, 120,000 of 1,000,000 rows, 91,000 rows/s, 10 s left
              2 lanes, 8,000 rows a chunk, 12 captured keys
          parked: somebody had a reason
          help: do something about it
          kedge retry users-handle""",
        String.join("\n", StatusText.block(Samples.status(Phase.RECONCILE, State.PARKED, null))));
  }

  @Test
  void aBackfillThatIsHeldBackSaysByWhatAndSinceWhen() throws Exception {
    assertEquals(
        """
        users-handle  backfill, running  plan sha256:plan
          public.orders → public.sales  [##----------------------]  12.0 %, 120,000 of 1,000,000 rows, 410 rows/s, 35 min 47 s left (20 min 0 s to 1 h 30 min)
              2 lanes, 8,000 rows a chunk in 48 ms, 12 captured keys, trailing
              held back: replicationLag 3.2s of 2s
          throttle: replicationLag 3.2s of 2s, walPerSecond 12.5MB of 40MB
          pause: replicationLag 3.2s of 30s, queue cannot be read: it returned no row
          2026-01-01T00:00:01Z  slower: replicationLag 3.2s of 2s
          compared 5 rows: 0 differences
          lag 80 ms
          application: deadlocks 1, lock waits given up 3, longest wait 40 ms""",
        String.join(
            "\n", StatusText.block(Samples.heldBack(), Instant.parse("2026-01-01T00:00:09Z"))));
    assertEquals(
        "users-handle  backfill, running · public.sales 12.0 %, 120,000 of 1,000,000 rows, 410 rows/s,"
            + " 35 min 47 s left (20 min 0 s to 1 h 30 min), held back: replicationLag 3.2s of 2s",
        StatusText.line(Samples.heldBack()));
  }

  @Test
  void readingsThatNobodyRenewedSayHowOldTheyAre() throws Exception {
    List<String> lines =
        StatusText.block(Samples.heldBack(), Instant.parse("2026-01-03T01:10:02Z"));
    assertEquals(
        List.of(
            "  throttle (read 49 h 10 min ago): replicationLag 3.2s of 2s, walPerSecond 12.5MB of 40MB",
            "  pause (read 49 h 10 min ago): replicationLag 3.2s of 30s, queue cannot be read: it"
                + " returned no row"),
        lines.stream().filter(line -> line.contains("ago")).toList());
  }

  @Test
  void rowsInQuarantineAndALongRoundAreShownWithWhatToDo() {
    MigrationStatus status = Samples.status(Phase.RECONCILE, State.PARKED, null);
    MoveProgress move =
        Samples.progress(100L, 5.0)
            .quarantine(
                new Quarantined(
                    1_003,
                    List.of(
                        new Quarantined.Example("17", "a value cannot be converted", 1),
                        new Quarantined.Example("18,a", "breaks a rule", 4))))
            .longestRound(new LongestRound(7_600, 200_000, "2026-01-01T00:00:00Z"));
    List<String> lines =
        StatusText.block(
            status.with(List.of(move), status.reconciliation(), status.reason()), Instant.EPOCH);
    assertEquals(
        List.of(
            "      longest round of the tail: 7,600 ms over 200,000 keys; TRUNCATE and DDL of its tables wait as long",
            "      quarantine: 1,003 rows cannot be taken over; no gate opens and nothing is handed over before",
            "        key 17: a value cannot be converted, tried once",
            "        key 18,a: breaks a rule, tried 4 times",
            "      help: mend them, or what columns or where says of them; kedge.quarantine has all, and"
                + " each is tried again"),
        lines.subList(3, 8));
  }

  @Test
  void whatHeldItBackBeforeTheLatestHeartbeatIsOver() {
    MoveProgress told = Samples.progress(100L, 5.0).throttledBy("replicationLag 3.2s of 2s");
    MoveProgress beat = Samples.progress(200L, 9.0);
    assertNull(LiveFigures.live(told, List.of(beat)).throttledBy());
    assertEquals(
        "commitLatency 80ms of 50ms",
        LiveFigures.live(told, List.of(beat.throttledBy("commitLatency 80ms of 50ms"), beat))
            .throttledBy());
    assertEquals(told, LiveFigures.live(told, List.of()));
  }

  @Test
  void whatStandsStillHasNoEndThatWasReckonedBefore() {
    MoveProgress still =
        new MoveProgress("s", "t", 200L, 1_000L, 0.0, null, 2, 7L, null, null, null, null);
    MoveProgress merged = LiveFigures.merge(Samples.progress(100L, 9.0), still);
    assertEquals(0.0, merged.rowsPerSecond());
    assertNull(merged.etaSeconds());
  }

  @Test
  void ofTwoHeartbeatsTheOneFurtherOnIsTheNewer() {
    MoveProgress merged =
        LiveFigures.merge(Samples.progress(200L, 5.0), Samples.progress(100L, 9.0));
    assertEquals(200L, merged.rowsDone());
    assertEquals(5.0, merged.rowsPerSecond());
  }
}
