package dev.kedge.plan;

import dev.kedge.plan.Catalog.Column;
import dev.kedge.plan.Catalog.Table;
import dev.kedge.spec.DeepCheck;
import dev.kedge.spec.Move;
import dev.kedge.spec.RecentRows;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Whether the rows that a move names for every round can be found. */
final class ScrutinyCheck {
  private static final Pattern MODIFIER = Pattern.compile("\\([^)]*\\)");
  private static final Set<String> TIMES =
      Set.of("date", "timestamp without time zone", "timestamp with time zone");

  private final Move move;
  private final int number;
  private final Objections objections;

  ScrutinyCheck(Move move, int number, Objections objections) {
    this.move = move;
    this.number = number;
    this.objections = objections;
  }

  /**
   * Refuses what names no row.
   *
   * @param source the table that is read, joined ones included
   */
  void check(Table source, List<KeyColumn> key) {
    DeepCheck deep = move.deepCheck();
    if (deep != null) {
      checkKeys(deep, key);
    }
    RecentRows window = move.window();
    if (window != null) {
      checkWindow(window, source);
    }
  }

  /** Refuses groups that not both sides have. */
  void checkGroups(Table target, List<ProjectedColumn> columns) {
    for (String name : move.groupBy()) {
      if (columns.stream().noneMatch(column -> column.column().equals(name))) {
        objections.refuse(
            RefusalCodes.DEEP_CHECK,
            "moves[%d].groupBy".formatted(number),
            target.column(name).isEmpty()
                ? "%s has no column %s".formatted(target.name(), name)
                : "this move does not write " + name,
            "name columns of the target that this move fills");
      }
    }
  }

  private void checkKeys(DeepCheck deep, List<KeyColumn> key) {
    for (int i = 0; i < deep.keys().size(); i++) {
      int values = deep.keys().get(i).size();
      if (values != key.size()) {
        objections.refuse(
            RefusalCodes.DEEP_CHECK,
            "moves[%d].deepCheck.keys[%d]".formatted(number, i + 1),
            "it has %d values, and the key is %s"
                .formatted(values, String.join(", ", key.stream().map(KeyColumn::source).toList())),
            "write a value for each column of the key, in that order");
      }
    }
  }

  private void checkWindow(RecentRows window, Table source) {
    String name = "moves[%d].window.column".formatted(number);
    Optional<Column> column = source.column(window.column());
    if (column.isEmpty()) {
      objections.refuse(
          RefusalCodes.DEEP_CHECK,
          name,
          "%s has no column %s".formatted(source.name(), window.column()),
          "name a column of the source that says when a row changed");
      return;
    }
    String type = MODIFIER.matcher(column.get().type()).replaceFirst("");
    if (!TIMES.contains(type)) {
      objections.refuse(
          RefusalCodes.DEEP_CHECK,
          name,
          "%s is of type %s".formatted(window.column(), column.get().type()),
          "name a date, timestamp or timestamptz; any other rule is for deepCheck");
    }
  }
}
