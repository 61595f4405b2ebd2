package dev.kedge.bench.application;

import java.util.Arrays;

/** How long each of many writes took, and when; one thread adds, and others read when it ended. */
public final class Waits {
  private long[] begun = new long[1 << 14];
  private long[] ended = new long[1 << 14];
  private int size;

  /** One more, by {@link System#nanoTime}. */
  void add(long from, long to) {
    if (size == begun.length) {
      begun = Arrays.copyOf(begun, 2 * size);
      ended = Arrays.copyOf(ended, 2 * size);
    }
    begun[size] = from;
    ended[size] = to;
    size++;
  }

  int size() {
    return size;
  }

  /** Nanoseconds of the longest that was under way at any time between the two; 0 for none. */
  long longest(long from, long to) {
    long longest = 0;
    for (int i = 0; i < size; i++) {
      if (ended[i] - from >= 0 && to - begun[i] >= 0) {
        longest = Math.max(longest, ended[i] - begun[i]);
      }
    }
    return longest;
  }

  /** Milliseconds of each that began between the two. */
  double[] millis(long from, long to) {
    double[] all = new double[size];
    int found = 0;
    for (int i = 0; i < size; i++) {
      if (begun[i] - from >= 0 && to - begun[i] >= 0) {
        all[found++] = (ended[i] - begun[i]) / 1e6;
      }
    }
    return Arrays.copyOf(all, found);
  }
}
