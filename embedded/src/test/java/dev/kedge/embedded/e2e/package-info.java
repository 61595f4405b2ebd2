/** Whole migrations by real processes: what is killed, frozen, lost and undone leaves no trace. */
@NullMarked
package dev.kedge.embedded.e2e;

import org.jspecify.annotations.NullMarked;
