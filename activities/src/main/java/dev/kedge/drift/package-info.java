/**
 * What the tables of a move looked like when its capture was installed, and whether they still do.
 * Knows what is ours and what our own phases change. Who looks when, and what happens then, is left
 * to callers.
 */
@NullMarked
package dev.kedge.drift;

import org.jspecify.annotations.NullMarked;
