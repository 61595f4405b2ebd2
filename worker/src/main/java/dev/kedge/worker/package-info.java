/**
 * The process that assembles pools, signals and activities and polls Temporal with them; the walk
 * of a migration is left to the workflows.
 */
@NullMarked
package dev.kedge.worker;

import org.jspecify.annotations.NullMarked;
