package dev.kedge.reconcile;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeySet;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import java.util.ArrayList;
import java.util.List;

/** What {@link TablesMatcher} asks about keys; ranges are compared as those of a migration. */
final class TablesSql {
  private TablesSql() {}

  /** Compares keys; a row each that differs. */
  static Fragment compare(MovePlan move, KeySet keys) {
    Projection projection = Projection.forward(move);
    Fragment rows =
        move.kind() == MovePlan.Kind.COPY
            ? CopySql.pairs(projection, keys, pairKey(projection) + " AS key")
            : rows(move, keys);
    return Fragment.of("WITH ")
        .then(projection.keys(keys))
        .then(",\n")
        .then(rows)
        .then(
            """

            SELECT kind, key
            FROM kedge_pairs
            WHERE kind IS NOT NULL""");
  }

  private static Fragment rows(MovePlan move, KeySet keys) {
    Projection projection = Projection.forward(move);
    return Fragment.of(
            """
            kedge_pairs AS MATERIALIZED (
              SELECT key, CASE WHEN NOT agrees THEN 'different' END AS kind
              FROM (
                SELECT %s AS key, %s AS agrees
                FROM %s
                WHERE\s"""
                .formatted(
                    projection.readKey().asTexts(""),
                    new Likeness(move.target()).agree(move.columns()),
                    Quoting.table(move.source())))
        .then(projection.readIn(keys))
        .then("\n  ) r\n)");
  }

  // As the source has it, whichever side has the row.
  private static String pairKey(Projection projection) {
    KeySide written = projection.writtenKey();
    List<String> types = projection.readKey().types();
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      String name = Quoting.name(written.names().get(i));
      keys.add("coalesce(p.%1$s, t.%1$s)::%2$s::text".formatted(name, types.get(i)));
    }
    return "ARRAY[" + String.join(", ", keys) + "]";
  }
}
