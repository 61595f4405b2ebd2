package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.RegistryActivities.RegisterRequest;
import dev.kedge.activity.RegistryActivities.Registration;
import dev.kedge.activity.RegistryActivities.StateNote;
import dev.kedge.plan.Course;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Step;
import io.temporal.failure.CanceledFailure;
import io.temporal.workflow.Functions;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInfo;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One migration from plan to contract, like its runbook: registered, then phase by phase and step
 * by step, or back again when people say so.
 */
final class Walk {
  private final MigrationInput input;
  private final Plan plan;
  private final Notes notes = new Notes();
  private final Orders orders = new Orders();
  private final Pace pace = new Pace();
  private final Set<String> finished = new LinkedHashSet<>();
  private final StatusBoard board;
  private final Inbox inbox;
  private final Helm helm;
  private final GateKeeper gates;
  private final Proof proof;
  private final Retreat retreat;
  private final Course<Functions.Proc> advance;
  private final Steps words;
  private final Commands commands;

  Walk(MigrationInput input) {
    this.input = input;
    plan = input.plan();
    board = new StatusBoard(input, notes);
    inbox = new Inbox(board);
    helm = new Helm(plan, orders, board, this::turnable);
    gates = new GateKeeper(plan, board, notes);
    gates.exclude(Optional.of(input.startedBy()));
    proof = new Proof(plan, helm, board, this::captured, orders::retriedBy);
    retreat = new Retreat(plan, helm, board);
    Filling filling = new Filling(helm, board, pace, goesOnFilling());
    advance = new Advance(plan, helm, proof, gates, filling, board, finished);
    words = new Steps(plan);
    commands = new Commands(plan, board, orders, helm, gates, retreat, pace);
  }

  private boolean goesOnFilling() {
    Carried carried = input.carried();
    return carried != null && carried.next() == Phase.BACKFILL && carried.phase() == Phase.BACKFILL;
  }

  Inbox inbox() {
    return inbox;
  }

  Commands commands() {
    return commands;
  }

  MigrationStatus status() {
    MigrationStatus status = board.status();
    return helm.registered() ? status.at(helm.scope().epoch()) : status;
  }

  List<Decision> decisions() {
    return gates.decisions();
  }

  /** The whole walk; the status it ends with. */
  MigrationStatus walk() {
    try {
      Phase next = begin();
      notes.start(helm::scope);
      board.announce();
      for (Phase phase : Phase.values()) {
        if (phase.compareTo(next) >= 0) {
          walkInOneRunOrMore(phase);
        }
      }
      return end(State.COMPLETED, null);
    } catch (Orders.Turned turned) {
      return turnBack();
    } catch (CanceledFailure canceled) {
      Workflow.newDetachedCancellationScope(this::letGo).run();
      throw canceled;
    }
  }

  private void walkInOneRunOrMore(Phase phase) {
    boolean through = false;
    while (!through) {
      continueAsNewIfSuggested(phase);
      through = walkThrough(phase);
    }
  }

  /** Whether it came to the phase's end; false when another run is to go on. */
  private boolean walkThrough(Phase phase) {
    try {
      walkSteps(phase);
      return true;
    } catch (Renewal renewal) {
      return false;
    }
  }

  private void walkSteps(Phase phase) {
    for (Step step : plan.stepsOf(phase)) {
      if (!(step instanceof Step.AwaitGate)) {
        board.enter(phase);
      }
      walk(step);
    }
    board.enter(phase);
  }

  private void walk(Step step) {
    retreat.register(step);
    helm.perform(step.follow(words), step.follow(advance));
  }

  private Phase begin() {
    Carried carried = input.carried();
    if (carried != null) {
      takeOver(carried);
      return carried.next();
    }
    helm.perform("register", this::register);
    return Phase.PLAN;
  }

  private void register() {
    WorkflowInfo info = Workflow.getInfo();
    RegisterRequest request =
        new RegisterRequest(
            plan, info.getWorkflowId(), info.getFirstExecutionRunId(), input.startedBy());
    Registration registration =
        ActivityProfiles.registry("register " + plan.spec().migration()).register(request);
    finished.addAll(registration.finishedSteps());
    retreat.register(registration.finishedSteps());
    helm.registered(registration.epoch());
    board.doing(registration.adopted() ? "adopted what an earlier run left" : "registered");
  }

  private MigrationStatus turnBack() {
    String reason = orders.turnReason();
    if (orders.turn() == Orders.Turn.ABORT) {
      retreat.abandon();
      return end(State.ABORTED, "aborted" + reason);
    }
    retreat.rollBack();
    return end(State.ROLLED_BACK, "rolled back" + reason);
  }

  private MigrationStatus end(State state, @Nullable String reason) {
    if (helm.registered()) {
      helm.perform("end", () -> noteEnd(state, reason));
    }
    board.ended(state, reason);
    quiesce();
    return board.status();
  }

  /** Not one of the notes: it sets the tables free for other migrations, so it must arrive last. */
  private void noteEnd(State state, @Nullable String reason) {
    notes.drain();
    ActivityProfiles.registry("note that it is over")
        .noteState(new StateNote(helm.scope(), board.phase(), state.label(), reason));
  }

  /** The workflow itself was cancelled: nothing of this run may write; another run can adopt. */
  private void letGo() {
    helm.letGo("the workflow was cancelled");
    board.ended(State.PAUSED, "the workflow was cancelled; start the same spec again to go on");
  }

  /** Lets handlers and notes finish, so that nothing is lost with this run. */
  private void quiesce() {
    inbox.close();
    notes.drain();
    Workflow.await(Workflow::isEveryHandlerFinished);
  }

  /**
   * Only between phases, or where a {@link Renewal} left one: no gate is open there and no child
   * but tails runs.
   */
  private void continueAsNewIfSuggested(Phase next) {
    if (!Workflow.getInfo().isContinueAsNewSuggested() || !helm.registered()) {
      return;
    }
    // Nothing may be waited for between the last look at the orders and the end of this run.
    helm.tails().stop();
    quiesce();
    if (!orders.stopping()) {
      Workflow.continueAsNew(
          new MigrationInput(plan, input.startedBy(), input.searchAttributes(), carried(next)));
    }
    inbox.reopen();
  }

  private Carried carried(Phase next) {
    return new Carried(
        Carried.VERSION,
        next,
        board.phase(),
        helm.scope().epoch(),
        List.copyOf(finished),
        retreat.begun(),
        helm.tails().wanted(),
        proof.compared(),
        gates.excluded(),
        pace.tunedLanes(),
        pace.tunedChunkMillis(),
        gates.decisions(),
        inbox.latest(),
        inbox.answered(),
        board.status().moves(),
        pace.tunedMaxRate());
  }

  private void takeOver(Carried carried) {
    finished.addAll(carried.finished());
    retreat.register(carried.begun());
    helm.registered(carried.epoch());
    carried.following().forEach(helm.tails()::want);
    gates.restore(carried.excluded(), carried.decisions());
    pace.restore(carried.lanes(), carried.chunkMillis(), carried.maxRate());
    inbox.restore(carried.verdicts(), carried.answered());
    board.progress(carried.moves());
    proof.restore(carried.compared());
    board.enter(carried.phase());
  }

  private boolean turnable() {
    return orders.turn() == null && !retreat.closed();
  }

  /** A move whose capture went in an earlier run has nothing left to be compared by. */
  private boolean captured(MovePlan move) {
    return plan.steps().stream()
        .filter(step -> step instanceof Step.RemoveCapture remove && remove.move() == move.number())
        .map(Steps::label)
        .noneMatch(finished::contains);
  }
}
