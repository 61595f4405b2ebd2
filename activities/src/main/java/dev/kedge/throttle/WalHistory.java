package dev.kedge.throttle;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Where the primary's WAL ended when, by the primary's clock. How long ago a replica's position was
 * the primary's follows from it, however the clocks of the two differ and however long nothing was
 * written.
 *
 * @param points oldest first, thinned out with age
 */
record WalHistory(List<Point> points) {
  static final WalHistory NONE = new WalHistory(List.of());

  private static final int MOST = 64;
  // Older than this, the rate is no rate of now.
  private static final long RECENT_MILLIS = 30_000;

  WalHistory {
    points = points == null ? List.of() : List.copyOf(points);
  }

  /**
   * An end of the WAL.
   *
   * @param millis by the database's clock
   * @param bytes from the beginning of all WAL
   */
  record Point(long millis, long bytes) {}

  /** With one more; of a primary that lost some of its WAL, without what it lost. */
  WalHistory and(Point now) {
    List<Point> next = new ArrayList<>();
    for (Point point : points) {
      if (point.bytes() <= now.bytes() && point.millis() < now.millis()) {
        next.add(point);
      }
    }
    next.add(now);
    if (next.size() > MOST) {
      next.remove(crowded(next));
    }
    return new WalHistory(next);
  }

  // The one that is missed least: the gap it would leave is the smallest for its age.
  private static int crowded(List<Point> points) {
    long now = points.get(points.size() - 1).millis();
    int crowded = 1;
    double least = Double.MAX_VALUE;
    for (int i = 1; i < points.size() - 2; i++) {
      double gap = points.get(i + 1).millis() - (double) points.get(i - 1).millis();
      double relative = gap / (now - points.get(i).millis());
      if (relative < least) {
        least = relative;
        crowded = i;
      }
    }
    return crowded;
  }

  /** Bytes a second since the point before the last. */
  OptionalDouble rate() {
    if (points.size() < 2) {
      return OptionalDouble.empty();
    }
    Point last = points.get(points.size() - 1);
    Point before = points.get(points.size() - 2);
    long millis = last.millis() - before.millis();
    return millis > RECENT_MILLIS
        ? OptionalDouble.empty()
        : OptionalDouble.of(1_000.0 * (last.bytes() - before.bytes()) / millis);
  }

  /**
   * How long a replica is behind that has replayed {@code bytes}, in milliseconds: 0 when it has
   * all that was written when the last point was taken; otherwise {@code measured}, unless what is
   * known here says that it is more or less.
   */
  double lag(long bytes, double measured) {
    Point last = points.get(points.size() - 1);
    if (bytes >= last.bytes()) {
      return 0;
    }
    double least = 0;
    double most = Double.MAX_VALUE;
    for (Point point : points) {
      if (point.bytes() > bytes) {
        least = Math.max(least, (double) (last.millis() - point.millis()));
      } else {
        most = (double) (last.millis() - point.millis());
      }
    }
    return Math.max(least, Math.min(most, measured));
  }
}
