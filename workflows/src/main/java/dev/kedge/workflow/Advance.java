package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.DdlActivities.DdlRequest;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.plan.Course;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Step;
import dev.kedge.spec.Gate;
import io.temporal.workflow.Functions;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * The way forward: what is done for each step of a plan. A step the ledger has already is passed
 * by; gates, compares and handovers never are.
 */
final class Advance implements Course<Functions.Proc> {
  private static final Functions.Proc NOTHING = () -> {};

  private final Plan plan;
  private final Helm helm;
  private final Proof proof;
  private final GateKeeper gates;
  private final InvariantKeeper invariants;
  private final Filling filling;
  private final StatusBoard board;
  private final Set<String> finished;
  private final Steps steps;

  Advance(
      Plan plan,
      Helm helm,
      Proof proof,
      GateKeeper gates,
      Filling filling,
      StatusBoard board,
      Set<String> finished) {
    this.plan = plan;
    this.helm = helm;
    this.proof = proof;
    this.gates = gates;
    this.invariants = new InvariantKeeper(plan, helm, board);
    this.filling = filling;
    this.board = board;
    this.finished = finished;
    this.steps = new Steps(plan);
  }

  @Override
  public Functions.Proc applyDdl(Step.ApplyDdl step) {
    return unlessFinished(
        step,
        () ->
            ActivityProfiles.ddl(step.follow(steps)).applyDdl(new DdlRequest(helm.scope(), step)));
  }

  @Override
  public Functions.Proc awaitGate(Step.AwaitGate step) {
    return () -> {
      invariants.check(step.gate());
      Evidence evidence = shown(() -> proof.seal(step.gate()));
      if (step.gate() != Gate.EXPAND) {
        filling.readOnce();
      }
      gates.await(step, evidence, helm, proof.vigil(evidence));
      if (step.policy().count() > 0) {
        // People take their time; what held when they were asked must hold when they have answered.
        invariants.check(step.gate());
      }
      board.running("gate " + step.gate().label() + " opened");
    };
  }

  // What stops here may be what is in quarantine: a person is to see it.
  private <T> T shown(Functions.Func<T> judged) {
    try {
      return judged.apply();
    } catch (Trouble.Found found) {
      if (plan.moves().stream().anyMatch(MovePlan::quarantine) && Changes.readsQuarantine()) {
        filling.readOnce();
      }
      throw found;
    }
  }

  @Override
  public Functions.Proc deferIndexes(Step.DeferIndexes step) {
    return unlessFinished(
        step, () -> ActivityProfiles.indexes(step.follow(steps)).deferIndexes(move(step.move())));
  }

  @Override
  public Functions.Proc installCapture(Step.InstallCapture step) {
    return unlessFinished(
        step, () -> ActivityProfiles.capture(step.follow(steps)).installCapture(move(step.move())));
  }

  @Override
  public Functions.Proc fill(Step.Fill step) {
    follow(step.move());
    return unlessFinished(step, () -> filling.fill(plan.move(step.move())));
  }

  @Override
  public Functions.Proc restoreIndexes(Step.RestoreIndexes step) {
    Functions.Proc build =
        unlessFinished(
            step,
            () -> ActivityProfiles.indexes(step.follow(steps)).restoreIndexes(move(step.move())));
    return () -> {
      build.apply();
      catchUp(step.move());
    };
  }

  @Override
  public Functions.Proc compare(Step.Compare step) {
    return () ->
        shown(
            () -> {
              proof.compare(plan.move(step.move()));
              return "";
            });
  }

  @Override
  public Functions.Proc checkInvariants(Step.CheckInvariants step) {
    return () -> {
      invariants.check(step.phase());
      helm.tails().want(Tails.INVARIANTS);
    };
  }

  @Override
  public Functions.Proc flip(Step.Flip step) {
    // Never passed by: a way back and forth again may have ended it.
    return () -> ActivityProfiles.cutover(step.follow(steps)).flip(move(step.move()));
  }

  @Override
  public Functions.Proc handOver(Step.HandOver step) {
    return () -> ActivityProfiles.cutover(step.follow(steps)).handOver(move(step.move()));
  }

  @Override
  public Functions.Proc hold(Step.Hold step) {
    Hold hold = new Hold(step.stability());
    return () -> hold.sitOut(step.follow(steps), helm);
  }

  @Override
  public Functions.Proc removeCapture(Step.RemoveCapture step) {
    helm.tails().dismiss(Tails.INVARIANTS);
    watchedWith(plan.move(step.move())).forEach(helm.tails()::dismiss);
    return unlessFinished(
        step, () -> ActivityProfiles.capture(step.follow(steps)).removeCapture(move(step.move())));
  }

  /** From the first fill until the capture goes, a copy is followed. */
  private void follow(int move) {
    boolean gone =
        plan.steps().stream()
            .filter(step -> step instanceof Step.RemoveCapture remove && remove.move() == move)
            .map(Steps::label)
            .anyMatch(finished::contains);
    if (!gone) {
      helm.tails().want(move);
    }
  }

  /** When the capture of a move in place goes, the table changes for all that are filled there. */
  private List<Integer> watchedWith(MovePlan move) {
    return plan.moves().stream()
        .filter(other -> other.kind() == move.kind() && other.target().equals(move.target()))
        .filter(other -> other.equals(move) || move.kind() == MovePlan.Kind.IN_PLACE)
        .map(MovePlan::number)
        .toList();
  }

  private void catchUp(int move) {
    if (helm.tails().wanted().contains(move)) {
      MovePlan planned = plan.move(move);
      ActivityProfiles.catchUp("catch up with " + planned.source()).awaitCaughtUp(move(move));
    }
  }

  private Functions.Proc unlessFinished(Step step, Functions.Proc work) {
    return finished.contains(Steps.label(step)) ? NOTHING : work;
  }

  private MoveScope move(int number) {
    return new MoveScope(helm.scope(), plan.move(number));
  }

  /** A window of time that only counts while nothing interrupts it. */
  private static final class Hold {
    private Duration left;

    Hold(Duration length) {
      left = length;
    }

    void sitOut(String summary, Helm helm) {
      if (left.isZero() || left.isNegative()) {
        return;
      }
      long began = Workflow.currentTimeMillis();
      LongTimer timer = new LongTimer(left, summary);
      try {
        helm.await(timer::fired);
      } finally {
        timer.stop();
        left = left.minusMillis(Workflow.currentTimeMillis() - began);
      }
    }
  }
}
