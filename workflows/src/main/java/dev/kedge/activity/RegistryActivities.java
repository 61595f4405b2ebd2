package dev.kedge.activity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Gate;
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

  /** New settings of all moves; null leaves one as is. */
  record TuneRequest(Scope scope, @Nullable Integer lanes, @Nullable Long chunkMillis) {}

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
   */
  record Progress(List<MoveProgress> moves, @Nullable Long lagMillis, JsonNode application) {
    public Progress {
      moves = List.copyOf(moves);
    }
  }
}
