package dev.kedge.bench.stress;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** What must not be; a run with one fails. Keeps the first ones in words and counts the rest. */
final class Findings {
  private static final int KEPT = 50;

  private final ConcurrentLinkedQueue<String> findings = new ConcurrentLinkedQueue<>();
  private final AtomicLong count = new AtomicLong();
  private final Narrator narrator;

  Findings(Narrator narrator) {
    this.narrator = narrator;
  }

  void add(String finding) {
    if (count.incrementAndGet() <= KEPT) {
      findings.add(finding);
      narrator.say("FINDING: " + finding);
    }
  }

  boolean none() {
    return count.get() == 0;
  }

  long count() {
    return count.get();
  }

  List<String> list() {
    return List.copyOf(findings);
  }
}
