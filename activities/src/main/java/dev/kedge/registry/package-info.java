/**
 * What Kedge remembers in the target database: migrations, their state and their fence; what a
 * state means is left to its callers.
 */
@NullMarked
package dev.kedge.registry;

import org.jspecify.annotations.NullMarked;
