package dev.kedge.workflow;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.plan.Phase;
import dev.kedge.spec.Gate;
import io.temporal.common.WorkflowExecutionHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Records the histories of a release: {@code histories/record.sh} runs it once for each release,
 * from the code that is released. A history in the repository is never recorded again.
 */
public final class HistoryRecorder {
  private final Path directory;

  private HistoryRecorder(Path directory) {
    this.directory = directory;
  }

  /** Writes every history into the directory named, which must not exist. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Files.createDirectory(Path.of(arguments[0]));
    HistoryRecorder recorder = new HistoryRecorder(directory);
    recorder.record("in-place-walk", recorder::walkInPlace);
    recorder.record("copy-walk-with-pause", recorder::walkCopyWithPause);
    recorder.record("rollback-after-handover", recorder::rollBack);
    System.exit(0);
  }

  private interface Play {
    void in(Harbor harbor);
  }

  private void record(String name, Play play) throws IOException {
    Harbor harbor = new Harbor(TailWorkflowImpl.class);
    harbor.open();
    play.in(harbor);
    String migration = "migration.orders-split";
    for (String child : List.of("", ".backfill.1", ".tail.1", ".tail.1.2")) {
      if (name.startsWith("in-place") && child.startsWith(".tail")) {
        continue;
      }
      if (name.startsWith("rollback") && child.startsWith(".backfill")) {
        continue;
      }
      WorkflowExecutionHistory history = harbor.history(migration + child);
      Files.writeString(
          directory.resolve(name + child.replace('.', '-') + ".json"), history.toJson(true) + "\n");
    }
    harbor.close();
  }

  private void walkInPlace(Harbor harbor) {
    harbor.db().lane(1, Outcome.NOTHING_TO_CLAIM);
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    approve(harbor, migration, Gate.READS, "bob");
    approve(harbor, migration, Gate.WRITES, "bob");
    harbor.awaitPhase(migration, Phase.STABILITY);
    harbor.env().sleep(Duration.ofHours(24).plusMinutes(5));
    harbor.awaitGate(migration, Gate.CONTRACT);
    migration.approve(Harbor.approval(Gate.CONTRACT, "ann"));
    approve(harbor, migration, Gate.CONTRACT, "carol");
    harbor.end(migration);
  }

  private void walkCopyWithPause(Harbor harbor) {
    harbor.db().hold("followTail 1");
    harbor.db().hold("fillRanges 1 lane 2");
    MigrationWorkflow migration =
        harbor.start(Plans.copy().stability(Duration.ofSeconds(1)).build());
    harbor.awaitAsked("fillRanges 1 lane 2");
    harbor.awaitAsked("followTail 1");
    migration.pauseAndWait(Harbor.json("by", "bob", "reason", "lunch", "requestId", "r1"));
    harbor.db().release("fillRanges 1 lane 2");
    migration.resume(Harbor.json("by", "bob"));
    approve(harbor, migration, Gate.READS, "carol");
    approve(harbor, migration, Gate.WRITES, "carol");
    approve(harbor, migration, Gate.CONTRACT, "carol");
    harbor.end(migration);
  }

  private void rollBack(Harbor harbor) {
    harbor.db().hold("followTail 1");
    harbor.db().compareTo(1, RecordingDatabase.differing(1, 1, 1));
    MigrationWorkflow migration = harbor.start(Plans.copy().build());
    harbor.awaitState(migration, State.PARKED);
    migration.retry(Harbor.json("by", "bob"));
    approve(harbor, migration, Gate.READS, "carol");
    approve(harbor, migration, Gate.WRITES, "carol");
    harbor.awaitPhase(migration, Phase.STABILITY);
    migration.rollback(Harbor.json("by", "carol", "reason", "slow reads"));
    harbor.end(migration);
  }

  private static void approve(Harbor harbor, MigrationWorkflow migration, Gate gate, String by) {
    harbor.awaitGate(migration, gate);
    migration.approve(Harbor.approval(gate, by));
  }
}
