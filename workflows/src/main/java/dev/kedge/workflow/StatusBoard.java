package dev.kedge.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.activity.InvariantActivities.InvariantResult;
import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.RegistryActivities.Observation;
import dev.kedge.activity.RegistryActivities.Progress;
import dev.kedge.activity.RegistryActivities.Reading;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.workflow.MigrationStatus.Reconciliation;
import dev.kedge.workflow.MigrationStatus.WaitingFor;
import io.temporal.common.SearchAttributeKey;
import io.temporal.workflow.Workflow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What people see: the answer of the query {@code status}, the current details in the UI, the
 * search attributes, and the registry's line. One place, so that all four say the same.
 */
final class StatusBoard {
  static final SearchAttributeKey<String> PHASE = SearchAttributeKey.forKeyword("KedgePhase");
  static final SearchAttributeKey<String> STATE = SearchAttributeKey.forKeyword("KedgeState");
  static final SearchAttributeKey<String> OWNER = SearchAttributeKey.forKeyword("KedgeOwner");

  private final MigrationInput input;
  private final Notes notes;
  private final String workflowId;
  private final Map<Integer, Comparison> compared = new TreeMap<>();
  private final List<String> report = new ArrayList<>();
  private Phase phase = Phase.PLAN;
  private State state = State.RUNNING;
  private @Nullable String reason;
  private @Nullable String help;
  private @Nullable String doing;

  /** Whether the walk has stopped: what work says while it is called off changes nothing. */
  private boolean stopped;

  private @Nullable WaitingFor waitingFor;
  private List<MoveProgress> moves;
  private @Nullable Long lagMillis;
  private @Nullable JsonNode application;
  private List<Reading> guards = List.of();
  private List<Observation> observations = List.of();
  private List<InvariantResult> invariants = List.of();
  private List<Verdict> verdicts = List.of();
  private String updatedAt;

  StatusBoard(MigrationInput input, Notes notes) {
    this.input = input;
    this.notes = notes;
    this.workflowId = Workflow.getInfo().getWorkflowId();
    this.moves = input.plan().moves().stream().map(StatusBoard::unknown).toList();
    this.updatedAt = Clock.now();
  }

  Phase phase() {
    return phase;
  }

  State state() {
    return state;
  }

  /** Begins a phase; no-op when it has begun. */
  void enter(Phase next) {
    if (phase != next) {
      phase = next;
      announce();
    }
  }

  /** Goes on from wherever it had stopped; {@code what} is being done. */
  void goesOn(String what) {
    stopped = false;
    running(what);
  }

  /** {@code what} is being done. */
  void running(String what) {
    if (!stopped) {
      doing = what;
      become(State.RUNNING, null, null);
    }
  }

  /** Lets go of what was being done; nothing has stopped yet. */
  void doing(String what) {
    doing = what;
    changed();
  }

  /** Waits at a gate. */
  void waiting(WaitingFor gate, @Nullable String reason, @Nullable String help) {
    if (!stopped) {
      waitingFor = gate;
      become(State.WAITING, reason, help);
    }
  }

  /** The gate is closed again, whatever became of it. */
  void gateClosed() {
    waitingFor = null;
    changed();
  }

  /**
   * Stopped until it {@link #goesOn}. A gate that was open waits for nobody any more, though it
   * takes its time to close.
   */
  void stopped(State how, @Nullable String why, @Nullable String whatHelps) {
    stopped = true;
    doing = null;
    waitingFor = null;
    become(how, why, whatHelps);
  }

  /** Over; the registry knows already. */
  void ended(State how, @Nullable String why) {
    doing = null;
    state = how;
    reason = why;
    help = null;
    changed();
    index();
  }

  void progress(Progress read) {
    if (read.moves().size() == moves.size()) {
      moves = read.moves();
    }
    lagMillis = read.lagMillis();
    application = read.application();
    guards = read.guards();
    observations = read.observations();
    invariants = read.invariants().isEmpty() ? invariants : read.invariants();
    changed();
  }

  void progress(List<MoveProgress> carried) {
    moves = carried;
  }

  void compared(Collection<Comparison> results) {
    results.forEach(result -> compared.put(result.move(), result));
    changed();
  }

  void invariants(List<InvariantResult> results) {
    invariants = results;
    changed();
  }

  void verdicts(List<Verdict> latest) {
    verdicts = latest;
    changed();
  }

  void report(String line) {
    report.add(line);
    changed();
  }

  MigrationStatus status() {
    Plan plan = input.plan();
    return new MigrationStatus(
        MigrationStatus.FORM,
        plan.spec().migration(),
        workflowId,
        phase,
        state,
        reason,
        help,
        plan.spec().owner(),
        plan.planHash(),
        waitingFor,
        moves,
        reconciliation(),
        lagMillis,
        application,
        verdicts,
        report,
        updatedAt,
        null,
        guards,
        observations,
        invariants);
  }

  private void become(State next, @Nullable String why, @Nullable String whatHelps) {
    boolean news = state != next || !Objects.equals(reason, why);
    state = next;
    reason = why;
    help = whatHelps;
    if (news) {
      announce();
    } else {
      changed();
    }
  }

  /** Tells the registry and the index as well. */
  void announce() {
    changed();
    notes.state(phase, state, reason);
    index();
  }

  private void index() {
    if (input.searchAttributes()) {
      String owner = input.plan().spec().owner();
      Workflow.upsertTypedSearchAttributes(
          PHASE.valueSet(phase.label()),
          STATE.valueSet(state.label()),
          OWNER.valueSet(owner == null ? "" : owner));
    }
  }

  private void changed() {
    updatedAt = Clock.now();
    Workflow.setCurrentDetails(Details.of(status(), doing));
  }

  private Reconciliation reconciliation() {
    if (compared.isEmpty()) {
      return new Reconciliation(null, null, null);
    }
    long rows = compared.values().stream().mapToLong(Comparison::comparedRows).sum();
    long unproven = compared.values().stream().mapToLong(Comparison::unproven).sum();
    String finished = null;
    for (Comparison each : compared.values()) {
      finished = each.finishedAt();
      if (finished == null) {
        break;
      }
    }
    return new Reconciliation(rows, unproven, finished);
  }

  private static MoveProgress unknown(MovePlan move) {
    Long rows = move.estimatedRows() < 0 ? null : Long.valueOf(move.estimatedRows());
    return MoveProgress.unknown(move, rows);
  }
}
