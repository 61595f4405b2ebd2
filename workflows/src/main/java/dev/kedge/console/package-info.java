/**
 * The manners every program of Kedge shares on a command line: where Temporal is, what an exit code
 * means, and how a problem is told; what a command does is left to its class.
 */
@NullMarked
package dev.kedge.console;

import org.jspecify.annotations.NullMarked;
