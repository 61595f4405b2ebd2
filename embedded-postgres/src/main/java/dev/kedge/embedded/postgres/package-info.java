/**
 * A real PostgreSQL from binaries on the class path, run and watched over by this process; what the
 * databases in it hold, and talking SQL to them, is left to the caller.
 */
@NullMarked
package dev.kedge.embedded.postgres;

import org.jspecify.annotations.NullMarked;
