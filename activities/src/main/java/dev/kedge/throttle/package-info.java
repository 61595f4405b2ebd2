/**
 * How fast a migration may go, and when it must stop: the signals that guards look at, the one
 * controller of all workers, and how each lane keeps to its part of the budget. What is paused,
 * what is aborted and what work is, is left to callers.
 *
 * <p>The controller is a row of the control schema. Whoever works and finds its readings older than
 * a second reads the signals and stores a new budget, in lanes: more by a tenth of a lane a second
 * while every signal is below 0.8 of its bound, half as much at each reading at or above it,
 * nothing as soon as one cannot be read. Lane {@code k} works for the part {@code budget - (k - 1)}
 * of the time, so first lanes are stopped, then the last one rests between chunks. A row that
 * nobody has renewed for ten seconds is no budget.
 *
 * <p>What a guard does: {@code throttle} slows down; {@code pause} pauses at the first reading at
 * or above its bound, {@code abort} at the second in a row, because it cannot be taken back. A
 * signal that cannot be read stops everything, under whatever guard; it never aborts, and pauses
 * only when it could not be read for fifteen minutes and a {@code pause} guard asks for it.
 */
@NullMarked
package dev.kedge.throttle;

import org.jspecify.annotations.NullMarked;
