/**
 * A seeded random run of the whole product: an application without manners, real worker processes
 * that are killed and frozen, a server that crashes, and an oracle that shares no code with the
 * engine.
 */
@NullMarked
package dev.kedge.bench.stress;

import org.jspecify.annotations.NullMarked;
