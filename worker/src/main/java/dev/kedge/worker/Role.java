package dev.kedge.worker;

import dev.kedge.activity.TaskQueues;
import java.util.Locale;

/** What a worker does; each role polls one task queue. */
public enum Role {
  /** Decides; needs no database. */
  WORKFLOW(TaskQueues.WORKFLOW),
  /** Plans, registry, DDL, capture, cutover. */
  DDL(TaskQueues.DDL),
  /** Lanes, tails and compares. */
  BACKFILL(TaskQueues.BACKFILL);

  private final String queue;

  Role(String queue) {
    this.queue = queue;
  }

  public String queue() {
    return queue;
  }

  /** The name on the command line. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
