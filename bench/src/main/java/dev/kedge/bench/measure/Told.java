package dev.kedge.bench.measure;

import org.jspecify.annotations.Nullable;

/**
 * A benchmark that was run, and how quiet the machine was.
 *
 * @param seconds it took, preparations included
 * @param loadBefore the system's load average when it began
 * @param stolenPercent of all processor time meanwhile, kept by the hypervisor; NaN unknown
 * @param failure why it was not finished; null when it was
 */
record Told(
    String name,
    String what,
    double seconds,
    String loadBefore,
    double stolenPercent,
    @Nullable String failure) {}
