package dev.kedge.backfill;

import dev.kedge.plan.Quoting;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import dev.kedge.spec.TableName;

/** The statements of a chunk. */
final class ChunkSql {
  private ChunkSql() {}

  /**
   * The key {@code rows} further on; no row when less than that is left. It is made a text where
   * one is left of them: the server computes what a query returns for rows that OFFSET skips, too.
   */
  static Fragment boundary(TableName table, KeySide key, KeyRange rest, long rows) {
    return Fragment.of(
            "SELECT %s AS key\nFROM (\n  SELECT %s\n  FROM %s\n  WHERE "
                .formatted(key.asTexts("k."), key.list(""), Projection.table(table)))
        .then(key.in(rest, ""))
        .then("\n  ORDER BY %s\n  OFFSET ? LIMIT 1\n) k".formatted(key.list("")), rows - 1);
  }

  /**
   * Plain INSERT: no ON CONFLICT, no row locks; what changes meanwhile is in the log, and the
   * range's fence keeps everybody else off. In the key's order, so that no other index looks as
   * good as the key's.
   */
  static Fragment copy(Projection projection, KeyRange chunk) {
    return Fragment.of(
            "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE\n"
                .formatted(Projection.table(projection.written()), projection.columnList("")))
        .then(projection.rows(chunk))
        .then(projection.joins().isEmpty() ? "\nORDER BY " + order(projection) : "");
  }

  // A name alone would be the column that is written.
  private static String order(Projection projection) {
    return projection.readKey().list(Quoting.name(projection.read().name()) + ".");
  }

  /**
   * The same into a target of several moves: returns one row with how many rows there were, and a
   * key of one that is not the move's own.
   */
  static Fragment copyOwned(Projection projection, KeyRange chunk) {
    return Fragment.of("WITH made AS (\n")
        .then(copy(projection, chunk))
        .then(
            """

              RETURNING CASE WHEN (
            %s
            ) IS NOT TRUE THEN %s END AS stray
            )
            SELECT count(*) AS made, (SELECT stray FROM made WHERE stray IS NOT NULL LIMIT 1) AS key
            FROM made"""
                .formatted(projection.owned(), projection.writtenKey().asTexts("")));
  }
}
