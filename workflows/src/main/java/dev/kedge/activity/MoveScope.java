package dev.kedge.activity;

import dev.kedge.plan.MovePlan;

/**
 * A move to work on.
 *
 * @param scope on whose behalf
 * @param move the move as planned
 * @param unguarded whether pause and abort of the spec's guards are passed over: on the way back,
 *     which nothing but a person stops
 */
public record MoveScope(Scope scope, MovePlan move, boolean unguarded) {
  /** Guarded as the spec says. */
  public MoveScope(Scope scope, MovePlan move) {
    this(scope, move, false);
  }
}
