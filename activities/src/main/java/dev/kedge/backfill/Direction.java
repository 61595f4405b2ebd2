package dev.kedge.backfill;

import dev.kedge.capture.KeyLog;
import dev.kedge.plan.MovePlan;
import dev.kedge.projection.Projection;

/**
 * Which side follows which.
 *
 * @param writing {@code old} or {@code new}: the side that is written and read from
 * @param projection from there to the other side
 * @param log its captured keys
 */
public record Direction(String writing, Projection projection, KeyLog log) {
  /** The old side is written, the new one follows. */
  public static Direction forward(long migration, MovePlan move) {
    return new Direction("old", Projection.forward(move), KeyLog.forward(migration, move));
  }

  /** The new side is written, the old one follows. */
  public static Direction reverse(long migration, MovePlan move) {
    return new Direction("new", Projection.reverse(move), KeyLog.reverse(migration, move));
  }
}
