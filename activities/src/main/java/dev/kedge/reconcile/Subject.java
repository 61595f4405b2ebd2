package dev.kedge.reconcile;

import dev.kedge.activity.MoveScope;
import dev.kedge.plan.MovePlan;

/**
 * The move that is compared, as the registry and the ledger know it.
 *
 * @param migration the migration's number
 * @param scope on whose behalf
 * @param writing which side is the truth
 * @param lanes how many ranges may be worked on at once
 */
record Subject(long migration, MoveScope scope, Writing writing, int lanes) {
  /** The same by one lane. */
  Subject alone() {
    return new Subject(migration, scope, writing, 1);
  }

  MovePlan move() {
    return scope.move();
  }

  String name() {
    return scope.scope().migration();
  }

  boolean inPlace() {
    return move().kind() == MovePlan.Kind.IN_PLACE;
  }

  /** Whether the other side follows; without, there is nothing to compare. */
  boolean followed() {
    return inPlace() || writing == Writing.OLD || !move().reverse().isEmpty();
  }
}
