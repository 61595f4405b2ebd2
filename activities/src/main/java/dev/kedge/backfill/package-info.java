/**
 * The ledger of ranges, the lanes that work on them and the size of a chunk; when to begin and when
 * to hold is left to its callers.
 */
@NullMarked
package dev.kedge.backfill;

import org.jspecify.annotations.NullMarked;
