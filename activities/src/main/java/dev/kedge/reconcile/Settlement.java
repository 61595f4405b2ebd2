package dev.kedge.reconcile;

import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks at what differed again, after a later round of the tail each, until every key is equal or
 * really different. A key that the application changes all the time may stay explained, but never
 * while the tail stands still: then an explanation says nothing.
 */
final class Settlement {
  private static final int PASSES = 20;
  private static final int PAGE = 1_000;

  private final Notes notes;
  private final KeyCheck check;
  private final Patience patience;
  private final Pace pace;

  Settlement(Notes notes, KeyCheck check, Patience patience, Pace pace) {
    this.notes = notes;
    this.check = check;
    this.patience = patience;
    this.pace = pace;
  }

  /**
   * What is left.
   *
   * @param explained keys that the log still explains
   * @param stalled whether nothing was applied while we waited
   */
  record Settled(long explained, boolean stalled) {}

  Settled run() throws SQLException {
    look(notes::findings);
    for (int pass = 1; ; pass++) {
      long mark = notes.mark();
      look(notes::suspects);
      long left = notes.countSuspects();
      if (left == 0 || pass == PASSES) {
        return new Settled(left, false);
      }
      if (!patience.await(mark)) {
        return new Settled(left, true);
      }
    }
  }

  private interface Pages {
    List<List<String>> after(@Nullable List<String> key, int most) throws SQLException;
  }

  private void look(Pages pages) throws SQLException {
    for (var page = pages.after(null, PAGE); !page.isEmpty(); ) {
      List<List<String>> keys = page;
      pace.await(() -> patience.pause(0));
      page =
          pace.step(
              () -> {
                check.check(keys);
                return pages.after(keys.get(keys.size() - 1), PAGE);
              });
    }
  }
}
