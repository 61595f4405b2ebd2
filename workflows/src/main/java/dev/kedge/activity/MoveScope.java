package dev.kedge.activity;

import dev.kedge.plan.MovePlan;

/**
 * A move to work on.
 *
 * @param scope on whose behalf
 * @param move the move as planned
 */
public record MoveScope(Scope scope, MovePlan move) {}
