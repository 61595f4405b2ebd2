/** The benchmarks, one class each, and the program that runs them. */
@NullMarked
package dev.kedge.bench.run;

import org.jspecify.annotations.NullMarked;
