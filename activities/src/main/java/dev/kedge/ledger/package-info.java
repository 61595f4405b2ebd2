/**
 * The rows that say how far a move is (move, ranges, leases, tail), and the fences on them; what is
 * written between two fences is left to its callers.
 */
@NullMarked
package dev.kedge.ledger;

import org.jspecify.annotations.NullMarked;
