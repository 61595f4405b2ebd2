package dev.kedge.workflow;

import dev.kedge.spec.Gate;
import io.temporal.workflow.Workflow;

/**
 * What workflows came to do otherwise while histories of the former way were on their way. Each
 * change is named for what it does and since when; a run that began before it goes on as it began.
 */
final class Changes {
  private static final String RENEW_WITHIN_BACKFILL = "renew-within-backfill-20261121";
  private static final String PACE_WITHOUT_RESTART = "tune-without-restart-20261121";

  private static final String WATCH_IN_PLACE = "watch-guards-in-place-20261121";
  private static final String WATCH_TABLES = "watch-tables-in-place-20261122";
  private static final String READ_QUARANTINE = "read-quarantine-before-parking-20261121";
  private static final String WATCH_OPEN_GATES = "watch-open-gate-20261121-";
  private static final String LOOK_BEFORE_PROMOTION = "look-before-promotion-20261121-";

  private static final String READ_RARELY_ONCE_RENEWED = "read-rarely-once-renewed-20261122";

  private Changes() {}

  /** Whether a backfill may go on in another run of the workflow, not only what follows it. */
  static boolean renewsWithinBackfill() {
    return since(RENEW_WITHIN_BACKFILL);
  }

  /**
   * Whether a new chunk or rate is only told to the database, where lanes look it up, instead of
   * beginning them again. To be asked only where one arrived.
   */
  static boolean paceWithoutRestart() {
    return since(PACE_WITHOUT_RESTART);
  }

  /**
   * Whether somebody looks after the table of every move in place, and its triggers, as tails do
   * for copies. To be asked only of such a move.
   */
  static boolean watchesTablesInPlace() {
    return since(WATCH_TABLES);
  }

  /**
   * Whether somebody looks after the guards of a migration whose moves are all in place. To be
   * asked only of such a plan with guards that stop it, where nobody looks after its tables.
   */
  static boolean watchesGuardsInPlace() {
    return since(WATCH_IN_PLACE);
  }

  /**
   * Whether progress is read once more when a compare stops the walk, so that the status has what
   * is in quarantine. To be asked only of a plan that passes over rows.
   */
  static boolean readsQuarantine() {
    return since(READ_QUARANTINE);
  }

  /**
   * Whether a run that goes on with a backfill reads its progress rarely from the beginning. To be
   * asked only in such a run.
   */
  static boolean readsRarelyOnceRenewed() {
    return since(READ_RARELY_ONCE_RENEWED);
  }

  /** Whether evidence is proven again from time to time while its gate waits. */
  static boolean watchesOpenGate(Gate gate) {
    return since(WATCH_OPEN_GATES + gate.label());
  }

  /**
   * Whether evidence is proven once more when enough people have approved it. Apart from the watch:
   * a gate that waited when this came does that at least.
   */
  static boolean looksBeforePromotion(Gate gate) {
    return since(LOOK_BEFORE_PROMOTION + gate.label());
  }

  private static boolean since(String change) {
    return Workflow.getVersion(change, Workflow.DEFAULT_VERSION, 1) != Workflow.DEFAULT_VERSION;
  }
}
