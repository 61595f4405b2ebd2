package dev.kedge.reconcile;

import org.jspecify.annotations.Nullable;

/**
 * A part of a log.
 *
 * @param from the first transaction id
 * @param to the one after the last; null for the first alone
 */
record Captures(String from, @Nullable String to) {}
