/**
 * Applications to measure on: one session whose processor time is read, writers at a steady rate
 * whose waits are kept, and pgbench. They know nothing of Kedge but {@code KD001}.
 */
@NullMarked
package dev.kedge.bench.application;

import org.jspecify.annotations.NullMarked;
