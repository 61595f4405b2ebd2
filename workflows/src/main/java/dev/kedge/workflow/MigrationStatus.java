package dev.kedge.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.activity.InvariantActivities.InvariantResult;
import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.RegistryActivities.Observation;
import dev.kedge.activity.RegistryActivities.Reading;
import dev.kedge.plan.Phase;
import dev.kedge.spec.Gate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is going on, form {@code kedge.status/1}. Unknown is null, never 0.
 *
 * @param form {@value #FORM}
 * @param reason why it is paused, parked, aborted or rolled back; null while it runs, unless what
 *     it does has failed and is tried again
 * @param help what a person can do about it; null when nothing is asked
 * @param waitingFor the open gate; null when none is
 * @param moves progress, in the order of the plan
 * @param lagMillis how far the following side is behind
 * @param application what the application suffered, as cli.md names the fields
 * @param verdicts the latest signals and what became of them, oldest first, at most 10
 * @param report what an ended migration left: archives, archived rows; empty before
 * @param updatedAt ISO-8601, when anything of this last changed
 * @param epoch the epoch the migration writes under, for who verifies it from outside; null before
 *     it is registered
 * @param guards the latest reading of every bound of the spec's guards, as of its own time
 * @param observations what was slowed down, stopped or released when, oldest first, at most 10
 * @param invariants what every invariant of the spec came to when it was checked last, in its order
 */
public record MigrationStatus(
    String form,
    String migration,
    String workflowId,
    Phase phase,
    State state,
    @Nullable String reason,
    @Nullable String help,
    @Nullable String owner,
    String planHash,
    @Nullable WaitingFor waitingFor,
    List<MoveProgress> moves,
    Reconciliation reconciliation,
    @Nullable Long lagMillis,
    @Nullable JsonNode application,
    List<Verdict> verdicts,
    List<String> report,
    String updatedAt,
    @Nullable Long epoch,
    List<Reading> guards,
    List<Observation> observations,
    List<InvariantResult> invariants) {
  public static final String FORM = "kedge.status/1";

  public MigrationStatus {
    moves = List.copyOf(moves);
    verdicts = List.copyOf(verdicts);
    report = List.copyOf(report);
    // An older worker tells of none.
    guards = guards == null ? List.of() : List.copyOf(guards);
    observations = observations == null ? List.of() : List.copyOf(observations);
    invariants = invariants == null ? List.of() : List.copyOf(invariants);
  }

  /** Of a spec without invariants. */
  public MigrationStatus(
      String form,
      String migration,
      String workflowId,
      Phase phase,
      State state,
      @Nullable String reason,
      @Nullable String help,
      @Nullable String owner,
      String planHash,
      @Nullable WaitingFor waitingFor,
      List<MoveProgress> moves,
      Reconciliation reconciliation,
      @Nullable Long lagMillis,
      @Nullable JsonNode application,
      List<Verdict> verdicts,
      List<String> report,
      String updatedAt,
      @Nullable Long epoch,
      List<Reading> guards,
      List<Observation> observations) {
    this(
        form,
        migration,
        workflowId,
        phase,
        state,
        reason,
        help,
        owner,
        planHash,
        waitingFor,
        moves,
        reconciliation,
        lagMillis,
        application,
        verdicts,
        report,
        updatedAt,
        epoch,
        guards,
        observations,
        List.of());
  }

  /** The same at an epoch. */
  public MigrationStatus at(long newEpoch) {
    return with(moves, reconciliation, reason, newEpoch);
  }

  /** The same with figures that were read elsewhere. */
  public MigrationStatus with(
      List<MoveProgress> newMoves, Reconciliation newReconciliation, @Nullable String newReason) {
    return with(newMoves, newReconciliation, newReason, epoch);
  }

  private MigrationStatus with(
      List<MoveProgress> newMoves,
      Reconciliation newReconciliation,
      @Nullable String newReason,
      @Nullable Long newEpoch) {
    return new MigrationStatus(
        form,
        migration,
        workflowId,
        phase,
        state,
        newReason,
        help,
        owner,
        planHash,
        waitingFor,
        newMoves,
        newReconciliation,
        lagMillis,
        application,
        verdicts,
        report,
        updatedAt,
        newEpoch,
        guards,
        observations,
        invariants);
  }

  /**
   * An open gate.
   *
   * @param needs approvals asked for
   * @param have approvals counted so far
   * @param evidence the sealed hash; null until sealed
   */
  public record WaitingFor(Gate gate, int needs, int have, @Nullable String evidence) {}

  /** The latest compare over all moves. */
  public record Reconciliation(
      @Nullable Long comparedRows, @Nullable Long differences, @Nullable String finishedAt) {}
}
