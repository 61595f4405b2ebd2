package dev.kedge.reconcile;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeyScope;
import dev.kedge.projection.KeySet;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;

/** The statements of {@link InPlaceMatcher}. */
final class InPlaceCompareSql {
  private InPlaceCompareSql() {}

  /** Compares a range; the first row of the answer has the counts, the others a key each. */
  static Fragment compare(Subject subject, KeyRange range, Moment moment) {
    return Fragment.of("WITH ")
        .then(rows(subject, range, moment))
        .then(
            """

            SELECT NULL::text AS kind, NULL::text[] AS key, false AS explained,
              count(*) AS compared, count(*) FILTER (WHERE r.forward) AS forward,
              count(*) FILTER (WHERE r.reverse) AS reverse
            FROM kedge_rows r
            UNION ALL
            SELECT 'different', r.key, false, 0, 0, 0
            FROM kedge_rows r
            WHERE NOT r.forward AND NOT r.reverse""");
  }

  /** Compares keys; a row each, without a kind those that agree and those that are gone. */
  static Fragment compare(Subject subject, KeySet keys, Moment moment) {
    KeySide key = Projection.sourceKey(subject.move());
    return Fragment.of("WITH ")
        .then(Projection.forward(subject.move()).keys(keys))
        .then(",\n")
        .then(rows(subject, keys, moment))
        .then(
            """

            SELECT CASE WHEN NOT r.forward AND NOT r.reverse THEN 'different' END AS kind,
              k.key, false AS explained
            FROM (SELECT %s AS key FROM %s k) k
            LEFT JOIN kedge_rows r ON r.key = k.key"""
                .formatted(CopySql.numbered(key).asTexts("k."), Projection.KEYS));
  }

  // A row that agrees forward is not asked whether it agrees in reverse: maps may lose something.
  private static Fragment rows(Subject subject, KeyScope scope, Moment moment) {
    MovePlan move = subject.move();
    Projection projection = Projection.forward(move);
    Likeness likeness = new Likeness(move.target());
    boolean followsBack = subject.writing() == Writing.NEW && !move.reverse().isEmpty();
    String reverse = followsBack ? likeness.agree(move.reverse()) : "false";
    Fragment rows =
        Fragment.of(
                """
                kedge_rows AS MATERIALIZED (
                  SELECT key, forward, CASE WHEN forward THEN false ELSE reverse END AS reverse
                  FROM (
                    SELECT %s AS key, %s AS forward, %s AS reverse
                    FROM %s
                    WHERE\s"""
                    .formatted(
                        projection.readKey().asTexts(""),
                        likeness.agree(move.columns()),
                        reverse,
                        Quoting.table(move.source())))
            .then(projection.readIn(scope));
    return rows.then(filled(projection, scope, moment)).then("\n  ) r\n)");
  }

  private static Fragment filled(Projection projection, KeyScope scope, Moment moment) {
    if (!moment.open() || !(scope instanceof KeyRange)) {
      return Fragment.NONE;
    }
    return moment.cursor() == null
        ? Fragment.of(" AND false")
        : Fragment.of(" AND ")
            .then(projection.readKey().in(new KeyRange(null, moment.cursor()), ""));
  }
}
