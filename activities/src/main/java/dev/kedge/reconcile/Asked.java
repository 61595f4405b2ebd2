package dev.kedge.reconcile;

import org.jspecify.annotations.Nullable;

/**
 * On whose word something is repaired.
 *
 * @param run the same however often it is tried
 * @param by who, as claimed; null when not said
 */
record Asked(String run, @Nullable String by) {}
