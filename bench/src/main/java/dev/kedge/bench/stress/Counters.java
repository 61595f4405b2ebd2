package dev.kedge.bench.stress;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** The counts of a run. */
final class Counters {
  /** From so many transactions on the floors are whole. */
  private static final double FULL = 200_000;

  private final Map<Counter, AtomicLong> counts = new EnumMap<>(Counter.class);
  private final long transactions;

  Counters(long transactions) {
    this.transactions = transactions;
    for (Counter counter : Counter.values()) {
      counts.put(counter, new AtomicLong());
    }
  }

  void add(Counter counter) {
    add(counter, 1);
  }

  void add(Counter counter, long more) {
    at(counter).addAndGet(more);
  }

  long get(Counter counter) {
    return at(counter).get();
  }

  private AtomicLong at(Counter counter) {
    AtomicLong count = counts.get(counter);
    if (count == null) {
      throw new IllegalArgumentException("no count of " + counter);
    }
    return count;
  }

  /** Transactions that the application committed. */
  long committed() {
    return Stream.of(Level.values()).mapToLong(level -> get(level.committed())).sum();
  }

  /** The least that this run must come to. */
  long floor(Counter counter) {
    return (long) Math.ceil(counter.floor() * Math.min(1, transactions / FULL));
  }

  /** Whether it is behind what the part of the run that is done would make of its floor. */
  boolean behind(Counter counter) {
    double done = Math.min(1, (double) committed() / transactions);
    return get(counter) < Math.ceil(floor(counter) * Math.min(1, done + 0.2));
  }

  /** Those below their floors. */
  List<Counter> missing() {
    return Stream.of(Counter.values()).filter(counter -> get(counter) < floor(counter)).toList();
  }
}
