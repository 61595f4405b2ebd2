/**
 * Named pools, sessions and identifiers of PostgreSQL, and the one place where an SQLSTATE becomes
 * a failure; what to run on a session is left to its callers.
 */
@NullMarked
package dev.kedge.postgres;

import org.jspecify.annotations.NullMarked;
