package dev.kedge.backfill;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How many rows a chunk has, learned from what the last ones took: it grows gently, and shrinks at
 * once. The rule is Spirit's: nine of the last ten chunks are to end in their time, so that one
 * that did not by chance changes nothing, and one far beyond its time is heeded alone.
 */
final class ChunkSize {
  private static final long FIRST = 1_000;
  // Beyond this nothing is gained, and a chunk that is thrown away costs more.
  private static final long MOST = 50_000;
  private static final int REMEMBERED = 10;
  private static final double GROWTH = 1.5;
  // What is aimed at would otherwise be missed as often as it is met.
  private static final double ROOM = 0.9;
  private static final int FAR_BEYOND = 5;
  // Of so few rows most of what a chunk takes is not theirs, the more so on a busy machine: to make
  // it smaller still would make everything slower, which makes it smaller still.
  private static final long FEW = 100;

  private final long most;
  private final Deque<Sample> last = new ArrayDeque<>();
  private long rows;

  ChunkSize() {
    this(FIRST, MOST);
  }

  private ChunkSize(long first, long most) {
    this.rows = first;
    this.most = most;
  }

  /** One that stays at {@code rows} while chunks end in their time. */
  static ChunkSize of(long rows) {
    return new ChunkSize(rows, rows);
  }

  // What a smaller chunk took says nothing good of a larger one, but nothing worse either: most of
  // it may be what every transaction costs.
  private record Sample(long rows, double nanos) {
    double at(long now) {
      return now >= rows ? nanos : nanos * now / rows;
    }
  }

  long rows() {
    return rows;
  }

  /**
   * Learns from a chunk that committed.
   *
   * @param walked its rows; fewer than {@link #rows} where a range ends or rows are wide, which is
   *     no reason to grow
   * @param took how long it took
   * @param aim how long it should have taken
   */
  void took(long walked, Duration took, Duration aim) {
    boolean whole = walked >= rows;
    Sample sample = new Sample(Math.max(1, walked), took.toNanos());
    remember(sample);
    if (isFarBeyond(took, aim)) {
      rows = Math.max(1, Math.min(rows, sample.rows()) / 10);
    } else if (p90() > bound(aim).toNanos()) {
      rows = Math.max(rows > FEW ? FEW : 1, rows / 2);
    } else if (whole) {
      grow(Math.max(p90(), sample.at(rows)), bound(aim));
    }
  }

  /**
   * Learns from a chunk of {@code asked} rows that was given up as too large after {@code took};
   * false when it was one row already.
   */
  boolean tooLarge(long asked, Duration took, Duration aim) {
    remember(new Sample(asked, took.toNanos()));
    rows = Math.max(1, Math.min(rows, asked) / (isFarBeyond(took, aim) ? 10 : 2));
    return asked > 1;
  }

  private Duration bound(Duration aim) {
    return rows <= FEW ? aim.multipliedBy(2) : aim;
  }

  private void grow(double took, Duration aim) {
    double factor = Math.min(GROWTH, ROOM * aim.toNanos() / Math.max(1, took));
    if (factor > 1) {
      rows = Math.min(most, (long) Math.ceil(rows * factor));
    }
  }

  private void remember(Sample sample) {
    last.addLast(sample);
    if (last.size() > REMEMBERED) {
      last.removeFirst();
    }
  }

  private double p90() {
    double[] sorted = last.stream().mapToDouble(sample -> sample.at(rows)).sorted().toArray();
    return sorted[(int) Math.ceil(sorted.length * 0.9) - 1];
  }

  private static boolean isFarBeyond(Duration took, Duration aim) {
    return took.compareTo(aim.multipliedBy(FAR_BEYOND)) > 0;
  }
}
