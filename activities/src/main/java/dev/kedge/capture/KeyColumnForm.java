package dev.kedge.capture;

import dev.kedge.activity.Failures;
import dev.kedge.plan.JoinedTable;
import dev.kedge.plan.MovePlan;
import java.util.List;

/**
 * What the catalog says of a key column.
 *
 * @param definition type and collation, as CREATE TABLE takes them
 * @param collation its name; empty without
 * @param builtin whether its operators are in pg_catalog, where our sessions look
 */
record KeyColumnForm(String definition, String collation, boolean builtin) {
  static List<String> definitions(List<KeyColumnForm> forms) {
    return forms.stream().map(KeyColumnForm::definition).toList();
  }

  /** Refuses a joined table whose key is not the source's, in type and order. */
  static void refuse(
      MovePlan move, JoinedTable join, List<KeyColumnForm> source, List<KeyColumnForm> joined) {
    if (joined.size() != source.size()) {
      throw Failures.catalogDiffers("key columns of %s are gone".formatted(join.table()));
    }
    for (int i = 0; i < joined.size(); i++) {
      if (!joined.get(i).equals(source.get(i))) {
        throw Failures.refused(
            """
            key column %s of %s is %s, and %s of %s, which it is joined by, is %s
            help: give both the same type and collation"""
                .formatted(
                    join.key().get(i).source(),
                    join.table(),
                    joined.get(i).definition(),
                    move.key().get(i).source(),
                    move.source(),
                    source.get(i).definition()));
      }
    }
  }

  /** Refuses keys whose order one side does not share, or our sessions could not compare. */
  static void refuse(MovePlan move, List<KeyColumnForm> source, List<KeyColumnForm> target) {
    int columns = move.key().size();
    if (source.size() != columns || target.size() != columns) {
      throw Failures.catalogDiffers(
          "key columns of %s or %s are gone".formatted(move.source(), move.target()));
    }
    for (int i = 0; i < columns; i++) {
      String column = move.key().get(i).source();
      if (!source.get(i).builtin() || !target.get(i).builtin()) {
        throw Failures.refused(
            """
            key column %s of %s has a type that an extension compares in its own way
            help: name another unique index under key:, of built-in types"""
                .formatted(column, move.source()));
      }
      String of = source.get(i).collation();
      String to = target.get(i).collation();
      if (!of.isEmpty() && !to.isEmpty() && !of.equals(to)) {
        throw Failures.refused(
            """
            key column %s is ordered by collation %s in %s and by %s in %s
            help: give %s the same collation in both tables"""
                .formatted(column, of, move.source(), to, move.target(), column));
      }
    }
  }
}
