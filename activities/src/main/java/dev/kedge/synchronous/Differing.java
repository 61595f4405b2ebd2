package dev.kedge.synchronous;

import dev.kedge.backfill.Applier;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which of some keys differ in a transaction's snapshot. What cannot be compared is cut down to the
 * rows that are to blame.
 */
final class Differing {
  /** How many of a whole table are taken at once. */
  static final int MOST = 2_000;

  private static final int PAGE = 2_000;

  private final Sql sql;
  private final Applier applier;
  private final List<List<String>> keys = new ArrayList<>();
  private final Map<List<String>, String> bad = new LinkedHashMap<>();

  Differing(Sql sql, Applier applier) {
    this.sql = sql;
    this.applier = applier;
  }

  /** Keys that differ. */
  List<List<String>> keys() {
    return keys;
  }

  /** Keys whose rows nothing can be projected from, with the SQLSTATE each. */
  Map<List<String>, String> bad() {
    return bad;
  }

  /** Looks at keys. */
  void look(List<List<String>> all) throws SQLException {
    for (int from = 0; from < all.size(); from += PAGE) {
      page(all.subList(from, Math.min(all.size(), from + PAGE)));
    }
  }

  /** Looks at whole tables; fails where a row cannot be compared. */
  void lookEverywhere() throws SQLException {
    keys.addAll(applier.differing(sql, KeyRange.ALL, MOST));
  }

  private void page(List<List<String>> page) throws SQLException {
    sql.execute("SAVEPOINT kedge_page");
    try {
      keys.addAll(applier.differing(sql, KeySet.of(page.get(0).size(), page), page.size()));
      sql.execute("RELEASE SAVEPOINT kedge_page");
    } catch (SQLException e) {
      if (SqlStates.kindOf(e) != SqlStates.Kind.BAD_DATA) {
        throw e;
      }
      sql.execute("ROLLBACK TO SAVEPOINT kedge_page");
      blame(page, e);
    }
  }

  private void blame(List<List<String>> page, SQLException e) throws SQLException {
    if (page.size() == 1) {
      bad.put(page.get(0), e.getSQLState());
      return;
    }
    page(page.subList(0, page.size() / 2));
    page(page.subList(page.size() / 2, page.size()));
  }
}
