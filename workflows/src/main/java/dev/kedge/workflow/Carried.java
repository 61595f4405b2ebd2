package dev.kedge.workflow;

import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.plan.Phase;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a run of {@link MigrationWorkflow} hands to the next one when it continues as new: at the
 * end of a phase, or within a backfill that takes weeks; no gate open, no child running, every
 * handler finished.
 *
 * @param version {@value #VERSION}; a later form has another one, and reads this one
 * @param next the phase to go on with
 * @param phase the phase that ended
 * @param epoch the epoch to write under
 * @param finished labels of the steps the ledger had at registration
 * @param begun labels of the steps that were begun, and are to be undone in reverse
 * @param following moves whose tail is to run
 * @param compared the latest full compare of each move
 * @param excluded who started, resumed or retried
 * @param lanes lanes as tuned; null for the plan's
 * @param chunkMillis chunk as tuned; null for the plan's
 * @param decisions every decision at a gate
 * @param verdicts the latest verdicts
 * @param answered verdicts by request id, so that a repeated signal stays a no-op
 * @param moves progress as last read
 * @param maxRate rows a second as tuned, 0 for no bound; null for the plan's
 */
public record Carried(
    int version,
    Phase next,
    Phase phase,
    long epoch,
    List<String> finished,
    List<String> begun,
    List<Integer> following,
    List<Comparison> compared,
    List<String> excluded,
    @Nullable Integer lanes,
    @Nullable Long chunkMillis,
    List<Decision> decisions,
    List<Verdict> verdicts,
    Map<String, Verdict> answered,
    List<MoveProgress> moves,
    @Nullable Long maxRate) {
  public static final int VERSION = 1;
}
