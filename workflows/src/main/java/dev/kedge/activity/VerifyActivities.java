package dev.kedge.activity;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.plan.MovePlan;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;

/** Compares tables that no migration works on. */
@ActivityInterface
public interface VerifyActivities {
  /**
   * Compares the tables of a move as they are, range by range in short read-only snapshots, both
   * directions; the source is the truth. Nothing captures what is written meanwhile: a key that
   * differs is looked at again a few times, and only one that stays different is a difference; the
   * others count as {@code explained}. Tables that no key joins are compared whole, as multisets.
   * Heartbeats where it is, and goes on there when it is tried again. Writes nothing.
   */
  @ActivityMethod
  Comparison compareTables(TablesRequest request);

  /**
   * What to compare.
   *
   * @param migration the spec's name, for the sessions' names
   * @param database as workers know it
   * @param samplePercent how much of the source, spread evenly over its keys; 100 for all
   */
  record TablesRequest(String migration, String database, MovePlan move, double samplePercent) {
    public TablesRequest {
      if (!(samplePercent > 0 && samplePercent <= 100)) {
        throw new IllegalArgumentException("a sample is more than 0 % and at most 100 %");
      }
    }
  }
}
