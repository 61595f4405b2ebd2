package dev.kedge.bench.history;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.kedge.activity.BackfillActivities;
import dev.kedge.activity.CaptureActivities;
import dev.kedge.activity.CutoverActivities;
import dev.kedge.activity.DdlActivities;
import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities;
import dev.kedge.activity.RegistryActivities;
import dev.kedge.activity.Scope;
import dev.kedge.activity.TailActivities;
import io.temporal.activity.Activity;
import io.temporal.failure.ApplicationErrorCategory;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A database on which a backfill takes so many turns of its lanes, each of the whole budget, and
 * all else nothing. A turn is given back at once and done when it is tried again, after the budget:
 * the server skips no time while an activity runs, and a retry leaves no events. Turns last a
 * little longer than their budget, each lane's by another bit, as last chunks do: so no two of them
 * are answered by one task of the workflow.
 */
public final class PatientDatabase
    implements RegistryActivities,
        DdlActivities,
        CaptureActivities,
        BackfillActivities,
        TailActivities,
        ReconcileActivities,
        CutoverActivities {
  private final AtomicLong epoch = new AtomicLong();
  private final AtomicInteger turns;
  private final AtomicInteger evidence = new AtomicInteger();

  /**
   * @param turns after which every range is full, all lanes together
   */
  public PatientDatabase(int turns) {
    this.turns = new AtomicInteger(turns);
  }

  private static void last(Duration length) {
    if (Activity.getExecutionContext().getInfo().getAttempt() == 1) {
      throw ApplicationFailure.newBuilder()
          .setMessage("under way")
          .setType("UnderWay")
          .setCategory(ApplicationErrorCategory.BENIGN)
          .setNextRetryDelay(length)
          .build();
    }
  }

  @Override
  public LaneResult fillRanges(LaneRequest request) {
    if (turns.get() > 0) {
      last(request.budget().plusSeconds(7L * request.lane()));
    }
    return new LaneResult(
        turns.decrementAndGet() > 0 ? Outcome.BUDGET : Outcome.DONE, 50_000_000, 10_000);
  }

  @Override
  public TailResult followTail(TailRequest request) {
    last(request.budget().plusSeconds(3));
    return new TailResult(Outcome.BUDGET, 30_000, 300_000);
  }

  @Override
  public TailResult watchGuards(TailRequest request) {
    last(request.budget().plusSeconds(3));
    return new TailResult(Outcome.BUDGET, 0, 0);
  }

  @Override
  public Registration register(RegisterRequest request) {
    return new Registration(epoch.incrementAndGet(), false, List.of());
  }

  @Override
  public long fence(FenceRequest request) {
    return epoch.incrementAndGet();
  }

  @Override
  public void noteState(StateNote note) {}

  @Override
  public void noteDecision(DecisionNote note) {}

  @Override
  public Progress readProgress(Scope scope) {
    MoveProgress move =
        new MoveProgress("s", "t", 50L, 100L, 10.0, 5.0, 4, 7L, null, null, 3L, null);
    return new Progress(List.of(move), 80L, JsonNodeFactory.instance.objectNode());
  }

  @Override
  public void tune(TuneRequest request) {}

  @Override
  public List<RegistryEntry> listMigrations() {
    return List.of();
  }

  @Override
  public void applyDdl(DdlRequest request) {}

  @Override
  public UndoResult undoDdl(UndoRequest request) {
    return new UndoResult(true, 0, List.of());
  }

  @Override
  public void installCapture(MoveScope request) {}

  @Override
  public void removeCapture(MoveScope request) {}

  @Override
  public void deferIndexes(MoveScope request) {}

  @Override
  public void restoreIndexes(MoveScope request) {}

  @Override
  public void awaitCaughtUp(MoveScope request) {}

  @Override
  public Comparison compareMove(MoveScope request) {
    return equal(request);
  }

  @Override
  public Comparison compareCaptured(MoveScope request) {
    return equal(request);
  }

  private static Comparison equal(MoveScope request) {
    return new Comparison(
        request.move().number(), 100, 0, 0, 0, 0, 0, 100, 0, List.of(), "2026-01-01T00:00:00Z");
  }

  @Override
  public Repair repairFindings(RepairRequest request) {
    return new Repair(0, 0);
  }

  @Override
  public Evidence sealEvidence(SealRequest request) {
    int number = evidence.incrementAndGet();
    return new Evidence(number, "sha256:" + number, request.gate(), true, "{}");
  }

  @Override
  public Round proveAgain(RoundRequest request) {
    return new Round(1, true, List.of(), List.of(), "2026-01-01T00:00:00Z");
  }

  @Override
  public void voidEvidence(VoidRequest request) {}

  @Override
  public HandoverResult handOver(MoveScope request) {
    return new HandoverResult(true, 1, 6L, 3L, 0);
  }

  @Override
  public HandoverResult handBack(MoveScope request) {
    return new HandoverResult(true, 1, 6L, 3L, 0);
  }

  @Override
  public FlipResult flip(MoveScope request) {
    return new FlipResult(true, 1, 6L, 3L);
  }
}
