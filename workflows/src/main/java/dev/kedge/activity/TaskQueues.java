package dev.kedge.activity;

/** The task queues, one per role of a worker. */
public final class TaskQueues {
  /** Workflows. */
  public static final String WORKFLOW = "kedge-workflow";

  /** Plans, registry, DDL, capture, cutover and evidence: few and short, or rare and long. */
  public static final String DDL = "kedge-ddl";

  /** Lanes, tails and compares. */
  public static final String BACKFILL = "kedge-backfill";

  private TaskQueues() {}
}
