package dev.kedge.activity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.activity.InvariantActivities.InvariantResult;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Signal;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keeps the registry of migrations in the control schema, and the fence that stops all writes. */
@ActivityInterface
public interface RegistryActivities {
  /**
   * Registers a migration, or adopts the unfinished one of that name with the same plan: bumps the
   * epoch, so that whatever an earlier run left can write no more. Done twice it bumps twice, which
   * harms nobody. Fails with {@link Failures#REFUSED} when another migration owns a table, or the
   * plan is stale.
   */
  @ActivityMethod
  Registration register(RegisterRequest request);

  /**
   * Bumps the epoch and returns only when no earlier transaction of the migration can commit any
   * more; backends of ours that hold out longer than twice the chunk time are terminated. Returns
   * the new epoch. With {@code open} the new epoch may write, without it nobody may until the next.
   * Fencing an epoch that is no longer current is no error: a new one is made all the same.
   */
  @ActivityMethod
  long fence(FenceRequest request);

  /**
   * Notes phase, state and reason for {@code list} and for whoever adopts; idempotent. A note of an
   * earlier epoch changes nothing, so none comes after a pause.
   */
  @ActivityMethod
  void noteState(StateNote note);

  /**
   * Notes an approval or rejection and its verdict in {@code kedge.approval}; by request id. At any
   * epoch: what people decide, even during a pause, is kept.
   */
  @ActivityMethod
  void noteDecision(DecisionNote note);

  /** How far every move is, read in one snapshot. */
  @ActivityMethod
  Progress readProgress(Scope scope);

  /** Changes lanes or chunk for whoever claims next; null leaves as is. */
  @ActivityMethod
  void tune(TuneRequest request);

  /** Every migration in the registries of all databases this worker knows, newest first. */
  @ActivityMethod
  List<RegistryEntry> listMigrations();

  /**
   * What to register.
   *
   * @param workflowId the workflow that will own it
   * @param runId its first run
   * @param startedBy who started it, as claimed
   */
  record RegisterRequest(Plan plan, String workflowId, String runId, String startedBy) {}

  /**
   * What registering came to.
   *
   * @param epoch the epoch to write under
   * @param adopted whether a ledger was there already
   * @param finishedSteps labels of the steps done before, {@code phase/kind/number} each
   */
  record Registration(long epoch, boolean adopted, List<String> finishedSteps) {
    public Registration {
      finishedSteps = List.copyOf(finishedSteps);
    }
  }

  /**
   * Whom to fence.
   *
   * @param open whether the new epoch may write
   * @param reason for the registry, a few words
   */
  record FenceRequest(Scope scope, boolean open, String reason) {}

  /** What to note. {@code state} is the label of a state, as in {@code status}. */
  record StateNote(Scope scope, Phase phase, String state, @Nullable String reason) {}

  /** What somebody decided, and what became of it. */
  record DecisionNote(
      Scope scope,
      Gate gate,
      String requestId,
      String by,
      boolean approve,
      @Nullable String comment,
      String verdict,
      @Nullable String evidenceHash) {}

  /**
   * New settings of all moves; null leaves one as is.
   *
   * @param maxRate rows a second of all lanes together; 0 for no bound
   */
  record TuneRequest(
      Scope scope, @Nullable Integer lanes, @Nullable Long chunkMillis, @Nullable Long maxRate) {
    /** Without a change of the rate. */
    public TuneRequest(Scope scope, @Nullable Integer lanes, @Nullable Long chunkMillis) {
      this(scope, lanes, chunkMillis, null);
    }
  }

  /** One line of the registry. Times are ISO-8601. */
  record RegistryEntry(
      String migration,
      @Nullable String owner,
      String database,
      Phase phase,
      String state,
      @Nullable String reason,
      String startedAt,
      String updatedAt) {}

  /**
   * How far a migration is.
   *
   * @param moves in the order of the plan
   * @param lagMillis age of the oldest captured key not yet applied; null when nothing follows
   * @param application what the application suffered, see {@code kedge.status/1}
   * @param guards the latest reading of every bound of the spec, in its order; empty without guards
   * @param observations what was slowed down, stopped or released when, oldest first, at most 10
   * @param invariants what every invariant of the spec came to when it was checked last
   */
  record Progress(
      List<MoveProgress> moves,
      @Nullable Long lagMillis,
      JsonNode application,
      List<Reading> guards,
      List<Observation> observations,
      List<InvariantResult> invariants) {
    public Progress {
      moves = List.copyOf(moves);
      guards = guards == null ? List.of() : List.copyOf(guards);
      observations = observations == null ? List.of() : List.copyOf(observations);
      invariants = invariants == null ? List.of() : List.copyOf(invariants);
    }

    /** Without invariants. */
    public Progress(
        List<MoveProgress> moves,
        @Nullable Long lagMillis,
        JsonNode application,
        List<Reading> guards,
        List<Observation> observations) {
      this(moves, lagMillis, application, guards, observations, List.of());
    }

    /** Without guards. */
    public Progress(List<MoveProgress> moves, @Nullable Long lagMillis, JsonNode application) {
      this(moves, lagMillis, application, List.of(), List.of());
    }
  }

  /**
   * What a guard's signal came to.
   *
   * @param guard {@code throttle}, {@code pause} or {@code abort}
   * @param signal its label, or the query's name
   * @param value in the signal's unit; null when it could not be read
   * @param bound in the same unit
   * @param problem why it could not be read; null when it was
   * @param at ISO-8601
   */
  record Reading(
      String guard,
      String signal,
      @Nullable Double value,
      double bound,
      @Nullable String problem,
      String at) {
    /** The value against its bound, or why there is none, as people read it. */
    public String words() {
      if (value == null) {
        return signal + " cannot be read" + (problem == null ? "" : ": " + problem);
      }
      Signal.Unit unit = Signal.unitOf(signal);
      return signal + " " + unit.format(value) + " of " + unit.format(bound);
    }
  }

  /**
   * Something that changed how fast the migration goes.
   *
   * @param at ISO-8601
   * @param words a sentence for people, no row data
   */
  record Observation(String at, String words) {}
}
