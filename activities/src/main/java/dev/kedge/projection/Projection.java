package dev.kedge.projection;

import dev.kedge.plan.KeyColumn;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Placeholders;
import dev.kedge.spec.TableName;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a copy: a SELECT that yields the rows of the table that is written from those of
 * the table that is read, by key range or by key set. Everything the engine does is this SELECT
 * with another predicate.
 *
 * @param read the table whose rows are the truth
 * @param written the table that follows
 * @param readKey the key's columns there
 * @param writtenKey the key's columns here, in the same order
 * @param columns what is written, key included
 * @param where which rows of {@code read} have a counterpart; null for all
 * @param owned which rows of {@code written} may be deleted; null for all
 */
public record Projection(
    TableName read,
    TableName written,
    KeySide readKey,
    KeySide writtenKey,
    List<ProjectedColumn> columns,
    @Nullable String where,
    @Nullable String owned) {
  /** The CTE that holds the keys of a {@link KeySet}, in columns k1, k2 … of the side read. */
  public static final String KEYS = "kedge_keys";

  public Projection {
    columns = List.copyOf(columns);
  }

  /** From source to target: {@code P}. */
  public static Projection forward(MovePlan move) {
    return new Projection(
        move.source(),
        move.target(),
        sourceKey(move),
        targetKey(move),
        move.columns(),
        bindable(move.where()),
        null);
  }

  /** From target to source: {@code R}. Rows of the source that {@code where} left out stay. */
  public static Projection reverse(MovePlan move) {
    return new Projection(
        move.target(),
        move.source(),
        targetKey(move),
        sourceKey(move),
        move.reverse(),
        null,
        bindable(move.where()));
  }

  /** The key's columns of the source. */
  public static KeySide sourceKey(MovePlan move) {
    return new KeySide(
        move.key().stream().map(KeyColumn::source).toList(),
        move.key().stream().map(KeyColumn::sourceType).toList());
  }

  /** The key's columns of the target. */
  public static KeySide targetKey(MovePlan move) {
    return new KeySide(
        move.key().stream().map(KeyColumn::target).toList(),
        move.key().stream().map(KeyColumn::targetType).toList());
  }

  /** What an expression becomes: cast as it is stored. */
  public static String value(ProjectedColumn column) {
    // On lines of its own: an expression may end in a comment.
    return "(\n" + column.expression() + "\n)::" + column.type();
  }

  /** The names of the written columns, each {@code prefix}ed. */
  public String columnList(String prefix) {
    return Values.list(columns, prefix);
  }

  /** The rows that {@code scope} is to have: a SELECT of all columns by name. */
  public Fragment rows(KeyScope scope) {
    return select(columns.stream().map(Projection::named).collect(Collectors.joining(",\n  ")))
        .then(readIn(scope))
        .then(where == null ? "" : "\n  AND (\n" + where + "\n)");
  }

  /**
   * The same with the columns' own collations left behind, so that they compare with any other
   * side's; for a CTE.
   */
  public Fragment comparableRows(KeyScope scope) {
    return select(columns.stream().map(Projection::collated).collect(Collectors.joining(",\n  ")))
        .then(readIn(scope))
        .then(where == null ? "" : "\n  AND (\n" + where + "\n)");
  }

  /** The rows that {@code scope} has: a SELECT of the same columns of the written table. */
  public Fragment writtenRows(KeyScope scope) {
    return Fragment.of("SELECT %s\nFROM %s\nWHERE ".formatted(columnList(""), table(written)))
        .then(writtenIn(scope));
  }

  /**
   * What must stand behind WITH before the predicates of {@code scope} are used; nothing for a
   * range. An array gives the planner the number of keys.
   */
  public Fragment keys(KeyScope scope) {
    if (!(scope instanceof KeySet set)) {
      return Fragment.NONE;
    }
    int width = readKey.names().size();
    return Fragment.of(
        """
        %s (%s) AS MATERIALIZED (
          SELECT %s
          FROM unnest(%s) AS u (%s)
        )"""
            .formatted(
                KEYS,
                numbered(width, i -> "k" + i),
                numbered(width, i -> "u.k" + i + "::" + readKey.types().get(i - 1)),
                numbered(width, i -> "?::text[]"),
                numbered(width, i -> "k" + i)),
        set.columns().toArray());
  }

  /** Rows of the read table in {@code scope}, without {@code where}; a predicate. */
  public Fragment readIn(KeyScope scope) {
    return scope instanceof KeyRange range
        ? readKey.in(range, "")
        : Fragment.of(inKeys(readKey, ""));
  }

  /** Rows of the written table in {@code scope}; a predicate over its unqualified columns. */
  public Fragment writtenIn(KeyScope scope) {
    if (scope instanceof KeyRange range) {
      return writtenKey.inRangeOf(readKey, range, "");
    }
    return Fragment.of(
        "(%s) IN (SELECT %s FROM %s k)"
            .formatted(
                writtenKey.list(""),
                numbered(
                    writtenKey.names().size(),
                    i -> "k.k" + i + "::" + writtenKey.types().get(i - 1)),
                KEYS));
  }

  /** Columns that a unique index of the written table has, the key's index apart. */
  public List<ProjectedColumn> uniqueColumns() {
    return columns.stream().filter(ProjectedColumn::unique).toList();
  }

  /** The table quoted. */
  public static String table(TableName name) {
    return Quoting.table(name);
  }

  private Fragment select(String list) {
    return Fragment.of("SELECT\n  %s\nFROM %s\nWHERE ".formatted(list, table(read)));
  }

  private static String inKeys(KeySide side, String prefix) {
    return "(%s) IN (SELECT %s FROM %s k)"
        .formatted(side.list(prefix), numbered(side.names().size(), i -> "k.k" + i), KEYS);
  }

  private static @Nullable String bindable(@Nullable String expression) {
    return expression == null ? null : Placeholders.escape(expression);
  }

  private static String named(ProjectedColumn column) {
    return Placeholders.escape(value(column)) + " AS " + Quoting.name(column.column());
  }

  private static String collated(ProjectedColumn column) {
    boolean text = KeySide.isText(column.type());
    String value = Placeholders.escape(value(column));
    return (text ? "(" + value + ") COLLATE \"default\"" : value)
        + " AS "
        + Quoting.name(column.column());
  }

  private static String numbered(int count, java.util.function.IntFunction<String> each) {
    return IntStream.rangeClosed(1, count).mapToObj(each).collect(Collectors.joining(", "));
  }
}
