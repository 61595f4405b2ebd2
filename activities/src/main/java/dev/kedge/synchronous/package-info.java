/**
 * Following that is synchronous: what the application's own transactions write into the target, and
 * how the keys they could not bring over are converged beside them; when to begin and when it is
 * settled is left to its callers.
 */
@NullMarked
package dev.kedge.synchronous;

import org.jspecify.annotations.NullMarked;
