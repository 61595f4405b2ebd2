/**
 * Moves within one table: new columns filled by a trigger of two halves and by chunked updates;
 * ranges, lanes and gates are left to its callers.
 */
@NullMarked
package dev.kedge.inplace;

import org.jspecify.annotations.NullMarked;
