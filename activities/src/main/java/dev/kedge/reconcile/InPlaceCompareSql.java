package dev.kedge.reconcile;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.projection.Digest;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySet;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The statements of {@link InPlaceMatcher}. */
final class InPlaceCompareSql {
  private InPlaceCompareSql() {}

  /** Compares a range; one row, as {@link RangeSql#compare} has it. */
  static Fragment compare(Subject subject, KeyRange range, Moment moment) {
    MovePlan move = subject.move();
    return compare(move, reverse(subject), range, filled(Projection.forward(move), moment));
  }

  /** Compares a range of a table that nothing of ours works on, in the same form. */
  static Fragment compare(MovePlan move, KeyRange range) {
    return compare(move, "false", range, Fragment.NONE);
  }

  private static Fragment compare(MovePlan move, String reverse, KeyRange range, Fragment filled) {
    Projection projection = Projection.forward(move);
    return Fragment.of(
            """
            SELECT count(*) AS compared, count(*) FILTER (WHERE r.verdict = 1) AS forward,
              count(*) FILTER (WHERE r.verdict = 2) AS reverse,
              coalesce(sum(r.digest), 0)::text AS digest,
              count(*) FILTER (WHERE r.verdict = 0) AS differing,
              (array_agg(ARRAY['different', %s]) FILTER (WHERE r.verdict = 0))[1:%d] AS keys
            FROM (
              SELECT %s, %s AS digest,
                CASE WHEN %s THEN 1 WHEN %s THEN 2 ELSE 0 END AS verdict
              FROM %s
              WHERE\s"""
                .formatted(
                    keys(projection, "r.k%d::text"),
                    RangeSql.MOST_KEYS,
                    keys(projection, "%2$s AS k%1$d"),
                    Digest.of(move.columns(), ""),
                    new Likeness(move.target()).agree(move.columns()),
                    reverse,
                    Quoting.table(move.source())))
        .then(projection.readIn(range))
        .then(filled)
        .then("\n  OFFSET 0\n) r");
  }

  // A row that agrees forward is not asked whether it agrees in reverse: maps may lose something.
  private static String reverse(Subject subject) {
    MovePlan move = subject.move();
    boolean followsBack = subject.writing() == Writing.NEW && !move.reverse().isEmpty();
    return followsBack ? new Likeness(move.target()).agree(move.reverse()) : "false";
  }

  /** Compares keys; a row each, without a kind those that agree and those that are gone. */
  static Fragment compare(Subject subject, KeySet keys) {
    KeySide key = Projection.sourceKey(subject.move());
    return Fragment.of("WITH ")
        .then(Projection.forward(subject.move()).keys(keys))
        .then(",\n")
        .then(rows(subject, keys))
        .then(
            """

            SELECT CASE WHEN NOT r.forward AND NOT r.reverse THEN 'different' END AS kind,
              k.key, false AS explained
            FROM (SELECT %s AS key FROM %s k) k
            LEFT JOIN kedge_rows r ON r.key = k.key"""
                .formatted(CopySql.numbered(key).asTexts("k."), Projection.KEYS));
  }

  private static Fragment rows(Subject subject, KeySet scope) {
    MovePlan move = subject.move();
    Projection projection = Projection.forward(move);
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
                        new Likeness(move.target()).agree(move.columns()),
                        reverse(subject),
                        Quoting.table(move.source())))
            .then(projection.readIn(scope));
    return rows.then("\n  ) r\n)");
  }

  private static String keys(Projection projection, String form) {
    List<String> names = projection.readKey().names();
    return IntStream.range(0, names.size())
        .mapToObj(i -> form.formatted(i + 1, Quoting.name(names.get(i))))
        .collect(Collectors.joining(", "));
  }

  private static Fragment filled(Projection projection, Moment moment) {
    if (!moment.open()) {
      return Fragment.NONE;
    }
    return moment.cursor() == null
        ? Fragment.of(" AND false")
        : Fragment.of(" AND ")
            .then(projection.readKey().in(new KeyRange(null, moment.cursor()), ""));
  }
}
