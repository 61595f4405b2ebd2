package dev.kedge.spec;

import java.time.Duration;
import java.util.Objects;

/**
 * The latest rows, by a column of theirs; compared in every round.
 *
 * @param column a date or time of the source
 * @param last how far back
 */
public record RecentRows(String column, Duration last) {
  public RecentRows {
    Objects.requireNonNull(column, "column");
    Objects.requireNonNull(last, "last");
  }
}
