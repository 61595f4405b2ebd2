/**
 * Months of a migration on a server that skips time: the real workflows, and activities that say at
 * once what a database would say after their turn. What is counted is the events they leave.
 */
@NullMarked
package dev.kedge.bench.history;

import org.jspecify.annotations.NullMarked;
