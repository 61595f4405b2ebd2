/**
 * The comparison of source and target, range by range and key by key, and its findings; what to do
 * about a difference is left to its callers.
 */
@NullMarked
package dev.kedge.reconcile;

import org.jspecify.annotations.NullMarked;
