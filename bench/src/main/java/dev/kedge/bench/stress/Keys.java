package dev.kedge.bench.stress;

import java.util.SplittableRandom;

/**
 * Who writes which keys. Loaded rows have every tenth key, so that new ones fall between them all
 * over the key space. The lowest belong to everybody, each other one to one client: what that
 * client was acknowledged last is what must be there.
 *
 * @param rows rows a table is loaded with
 * @param clients clients that own keys
 */
record Keys(int rows, int clients) {
  static final int STEP = 10;

  /** Loaded rows that everybody writes, unless there are fewer. */
  private static final int SHARED = 300;

  int shared() {
    return Math.min(SHARED, rows / 10);
  }

  /** Whether nobody in particular writes it. */
  boolean isShared(long id) {
    return id < (shared() + 1L) * STEP;
  }

  int owner(long id) {
    return (int) (id / STEP % clients);
  }

  /** Any key of that client, loaded or not. */
  long own(int client, SplittableRandom random) {
    long first = (shared() / clients + 1L) * clients;
    long block = first + client + random.nextInt((rows - (int) first) / clients) * (long) clients;
    return block * STEP + random.nextInt(STEP);
  }

  /** Any key of everybody. */
  long shared(SplittableRandom random) {
    return (1L + random.nextInt(shared())) * STEP;
  }

  /** Above every key. */
  long end() {
    return (rows + 1L + clients) * STEP;
  }
}
