package dev.kedge.bench.stress;

/** What all parts of a run share. */
record Run(Counters counters, Findings findings, Narrator narrator, Pace pace) {}
