/**
 * The handover of reads and writes: flip, flags and shadow reads; whether it may happen is left to
 * its callers.
 */
@NullMarked
package dev.kedge.cutover;

import org.jspecify.annotations.NullMarked;
