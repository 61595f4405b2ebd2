package dev.kedge.activity;

import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;

/** Installs and removes what follows the application's writes. Idempotent, fenced by step. */
@ActivityInterface
public interface CaptureActivities {
  /**
   * Installs triggers, and for a copy the key log and the guards; returns when the catalog, read in
   * a later transaction, shows all of it enabled. Also makes the move's ranges.
   */
  @ActivityMethod
  void installCapture(MoveScope request);

  /** Removes triggers, functions, log and ledger of the move; nothing of ours is left on tables. */
  @ActivityMethod
  void removeCapture(MoveScope request);
}
