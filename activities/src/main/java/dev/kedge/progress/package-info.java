/**
 * How far a migration and its moves are, as people see it; read from what lanes and tails keep in
 * the ledger, and written back only as samples of the rate.
 */
@NullMarked
package dev.kedge.progress;

import org.jspecify.annotations.NullMarked;
