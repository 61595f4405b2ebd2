package dev.kedge.activity;

/**
 * The task queues, one per role of a worker. Which activity goes where is decided per interface in
 * {@link ActivityProfiles}.
 */
public final class TaskQueues {
  /** Workflows. */
  public static final String WORKFLOW = "kedge-workflow";

  /**
   * {@link PlanActivities}, registry, DDL, capture and cutover: few and short, or rare and long.
   */
  public static final String DDL = "kedge-ddl";

  /**
   * {@link BackfillActivities}, {@link TailActivities}, {@link ReconcileActivities} and {@link
   * VerifyActivities}.
   */
  public static final String BACKFILL = "kedge-backfill";

  private TaskQueues() {}
}
