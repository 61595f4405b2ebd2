package dev.kedge.reconcile;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyScope;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import java.util.ArrayList;
import java.util.List;

/** The statements of {@link TablesMatcher}. */
final class TablesSql {
  private TablesSql() {}

  /**
   * Compares the rows of a scope; the first row of the answer has the count of the source's rows,
   * the others a differing key each.
   */
  static Fragment compare(MovePlan move, KeyScope scope) {
    Projection projection = Projection.forward(move);
    Fragment keys = projection.keys(scope);
    Fragment with =
        keys.text().isEmpty() ? Fragment.of("WITH ") : Fragment.of("WITH ").then(keys).then(",\n");
    return with.then(
            move.kind() == MovePlan.Kind.COPY ? pairs(projection, scope) : rows(move, scope))
        .then(
            """

            SELECT NULL::text AS kind, NULL::text[] AS key, count(*) FILTER (WHERE wanted) AS compared
            FROM kedge_pairs
            UNION ALL
            SELECT kind, key, 0
            FROM kedge_pairs
            WHERE kind IS NOT NULL""");
  }

  private static Fragment pairs(Projection projection, KeyScope scope) {
    return CopySql.pairs(
        projection, scope, pairKey(projection) + " AS key, p.kedge_wanted IS NOT NULL AS wanted");
  }

  private static Fragment rows(MovePlan move, KeyScope scope) {
    Projection projection = Projection.forward(move);
    return Fragment.of(
            """
            kedge_pairs AS MATERIALIZED (
              SELECT key, true AS wanted, CASE WHEN NOT agrees THEN 'different' END AS kind
              FROM (
                SELECT %s AS key, %s AS agrees
                FROM %s
                WHERE\s"""
                .formatted(
                    projection.readKey().asTexts(""),
                    new Likeness(move.target()).agree(move.columns()),
                    Quoting.table(move.source())))
        .then(projection.readIn(scope))
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
