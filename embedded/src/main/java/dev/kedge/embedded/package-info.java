/**
 * PostgreSQL, Temporal, worker and command line in one process, for a laptop, the demo and the
 * tests.
 */
@NullMarked
package dev.kedge.embedded;

import org.jspecify.annotations.NullMarked;
