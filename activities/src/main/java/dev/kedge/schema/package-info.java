/**
 * The catalog as Kedge reads it, the rehearsal of locks, and the runner of DDL; which statement to
 * run and when is left to its callers.
 */
@NullMarked
package dev.kedge.schema;

import org.jspecify.annotations.NullMarked;
