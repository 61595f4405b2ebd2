package dev.kedge.reconcile;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;

/**
 * What a compare comes to so far.
 *
 * @param compared rows of the truth's side
 * @param explained differences that the log explained when they were seen
 * @param unlisted real differences that found no place in the list
 * @param unseen what could not be compared and has no key
 * @param findings open ones by kind
 */
record Totals(
    long compared,
    long explained,
    long unlisted,
    long unseen,
    long forward,
    long reverse,
    boolean finished,
    Map<Kind, Long> findings) {
  Totals {
    findings = Map.copyOf(findings);
  }

  static Totals of(ResultSet row, Map<Kind, Long> findings) throws SQLException {
    return new Totals(
        row.getLong("compared"),
        row.getLong("explained"),
        row.getLong("unlisted"),
        row.getLong("not_comparable"),
        row.getLong("forward"),
        row.getLong("reverse"),
        row.getBoolean("finished"),
        findings);
  }

  long open(Kind kind) {
    return findings.getOrDefault(kind, 0L);
  }
}
