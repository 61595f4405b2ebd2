package dev.kedge.workflow;

import io.temporal.workflow.Workflow;

/**
 * What workflows came to do otherwise while histories of the former way were on their way. Each
 * change is named for what it does and since when; a run that began before it goes on as it began.
 */
final class Changes {
  private static final String RENEW_WITHIN_BACKFILL = "renew-within-backfill-20261121";

  private Changes() {}

  /** Whether a backfill may go on in another run of the workflow, not only what follows it. */
  static boolean renewsWithinBackfill() {
    int version = Workflow.getVersion(RENEW_WITHIN_BACKFILL, Workflow.DEFAULT_VERSION, 1);
    return version != Workflow.DEFAULT_VERSION;
  }
}
