/**
 * Measures: a server of its own, interleaved runs, samples and their medians, and the report of
 * what came out. What is measured is said by whoever implements {@link
 * dev.kedge.bench.measure.Benchmark}.
 */
@NullMarked
package dev.kedge.bench.measure;

import org.jspecify.annotations.NullMarked;
