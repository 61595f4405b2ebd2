/**
 * What the spec says must be true of the data, checked. Each check reads one snapshot that the role
 * for checks shares with ours, so that what a side that follows has not got yet is known beside
 * what the query says: only what is violated with nothing underway is violated. What is done about
 * it is left to the walk.
 */
@NullMarked
package dev.kedge.invariant;

import org.jspecify.annotations.NullMarked;
