/**
 * The command line, one class a command; everything that touches a database is left to the workers.
 */
@NullMarked
package dev.kedge.starter;

import org.jspecify.annotations.NullMarked;
