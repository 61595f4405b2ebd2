package dev.kedge.projection;

import dev.kedge.plan.JoinedTable;
import dev.kedge.plan.KeyColumn;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Placeholders;
import dev.kedge.spec.TableName;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
 * @param owned which rows of {@code written} are this projection's; null for all. What is deleted,
 *     changed, compared or counted never lies outside
 * @param joins tables whose rows of the same key are read beside those of {@code read}
 */
public record Projection(
    TableName read,
    TableName written,
    KeySide readKey,
    KeySide writtenKey,
    List<ProjectedColumn> columns,
    @Nullable String where,
    @Nullable String owned,
    List<JoinedTable> joins) {
  /** The CTE that holds the keys of a {@link KeySet}, in columns k1, k2 … of the side read. */
  public static final String KEYS = "kedge_keys";

  // Their images are one per value, and an identity column cannot be SET at all.
  private static final Set<String> ONE_SPELLING =
      Set.of("smallint", "integer", "bigint", "uuid", "date", "boolean");

  public Projection {
    columns = List.copyOf(columns);
    joins = List.copyOf(joins);
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
        bindable(move.owns()),
        move.joins());
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
        bindable(move.where()),
        List.of());
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
    return select(columns.stream().map(Projection::named), scope);
  }

  /**
   * The same with the columns' own collations left behind, so that they compare with any other
   * side's; for a CTE.
   */
  public Fragment comparableRows(KeyScope scope) {
    return select(columns.stream().map(Projection::collated), scope);
  }

  /**
   * The same along the key, so that two such sides can be merged as they are read. The key as the
   * table read has it stands beside the columns, as kedge_k1, kedge_k2 …: what a cast makes of it
   * has no index.
   *
   * @param also a further predicate over the table's row, beginning with AND; or nothing
   */
  public Fragment rowsAlongTheKey(KeyScope scope, Fragment also) {
    String row = joins.isEmpty() ? Quoting.name(read.name()) + "." : "source.";
    Stream<String> keys =
        IntStream.range(0, readKey.names().size())
            .mapToObj(i -> row + Quoting.name(readKey.names().get(i)) + " AS kedge_k" + (i + 1));
    return select(Stream.concat(columns.stream().map(Projection::collated), keys), scope)
        .then(also)
        .then("\nORDER BY " + readKey.list(row));
  }

  /**
   * Something else of the same rows: a SELECT of {@code list}, SQL over a row that is read, be it a
   * joined one.
   */
  public Fragment rowsAs(String list, KeyScope scope) {
    return select(Stream.of(list), scope);
  }

  /** The rows that {@code scope} has: a SELECT of the same columns of the written table. */
  public Fragment writtenRows(KeyScope scope) {
    return Fragment.of("SELECT %s\nFROM %s\nWHERE ".formatted(columnList(""), table(written)))
        .then(writtenIn(scope))
        .then(andOwned());
  }

  /** What keeps a statement to rows of the written table that are this projection's. */
  public String andOwned() {
    // Not IS TRUE: an index may answer a part of it.
    return owned == null ? "" : "\n    AND (\n" + owned + "\n)";
  }

  /** All tables that are read, quoted, a comma between. */
  public String readTables() {
    return Stream.concat(Stream.of(read), joins.stream().map(JoinedTable::table))
        .map(Projection::table)
        .collect(Collectors.joining(", "));
  }

  /**
   * What must stand behind WITH before the predicates of {@code scope} are used; nothing for a
   * range. An array gives the planner the number of keys, as does a table that was analyzed.
   */
  public Fragment keys(KeyScope scope) {
    int width = readKey.names().size();
    if (scope instanceof KeySet set) {
      return keysFrom("unnest(%s)".formatted(numbered(width, i -> "?::text[]")))
          .then("", set.columns().toArray());
    }
    return scope instanceof StoredKeys stored ? keysFrom(stored.table()) : Fragment.NONE;
  }

  private Fragment keysFrom(String from) {
    int width = readKey.names().size();
    return Fragment.of(
        """
        %s (%s) AS MATERIALIZED (
          SELECT %s
          FROM %s AS u (%s)
        )"""
            .formatted(
                KEYS,
                numbered(width, i -> "k" + i),
                numbered(width, i -> "u.k" + i + "::" + readKey.types().get(i - 1)),
                from,
                numbered(width, i -> "k" + i)));
  }

  /** Rows of the read table in {@code scope}, without {@code where}; a predicate. */
  public Fragment readIn(KeyScope scope) {
    return in(readKey, scope, "");
  }

  private static Fragment in(KeySide side, KeyScope scope, String prefix) {
    return scope instanceof KeyRange range
        ? side.in(range, prefix)
        : Fragment.of(inKeys(side, prefix));
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

  /** Columns that an update could have to set: a key of one spelling cannot change in place. */
  public List<ProjectedColumn> settable() {
    return columns.stream()
        .filter(c -> !writtenKey.names().contains(c.column()) || !ONE_SPELLING.contains(c.type()))
        .toList();
  }

  /** The table quoted. */
  public static String table(TableName name) {
    return Quoting.table(name);
  }

  private Fragment select(Stream<String> list, KeyScope scope) {
    Fragment from =
        joins.isEmpty()
            ? Fragment.of(table(read) + "\nWHERE ").then(readIn(scope))
            : joined(scope).then("\nWHERE true");
    return Fragment.of("SELECT\n  %s\nFROM ".formatted(list.collect(Collectors.joining(",\n  "))))
        .then(from)
        .then(where == null ? "" : "\n  AND (\n" + where + "\n)");
  }

  // Every table is asked for the scope itself: bounds do not pass through an equality of keys.
  private Fragment joined(KeyScope scope) {
    StringBuilder columns = new StringBuilder("m.*");
    Fragment from = Fragment.of(table(read) + " m");
    for (int i = 0; i < joins.size(); i++) {
      JoinedTable join = joins.get(i);
      String alias = "j" + (i + 1);
      for (JoinedTable.Named named : join.columns()) {
        columns
            .append(", %s.%s".formatted(alias, Quoting.name(named.column())))
            .append(" AS ")
            .append(Quoting.name(named.name()));
      }
      from =
          from.then(
                  "\n  %s (\n    SELECT * FROM ".formatted(join.optional() ? "LEFT JOIN" : "JOIN"))
              .then(table(join.table()) + " WHERE ")
              .then(in(joinedKey(join), scope, ""))
              .then("\n  ) %s ON %s".formatted(alias, equalKeys(join, alias)));
    }
    return Fragment.of("(\n  SELECT %s\n  FROM ".formatted(columns))
        .then(from)
        .then("\n  WHERE ")
        .then(in(readKey, scope, "m."))
        .then("\n) source");
  }

  /** The key's columns of a joined table, in the order of the source's. */
  public static KeySide joinedKey(JoinedTable join) {
    return new KeySide(
        join.key().stream().map(KeyColumn::source).toList(),
        join.key().stream().map(KeyColumn::sourceType).toList());
  }

  private static String equalKeys(JoinedTable join, String alias) {
    return join.key().stream()
        .map(
            column ->
                "%s.%s = m.%s"
                    .formatted(alias, Quoting.name(column.source()), Quoting.name(column.target())))
        .collect(Collectors.joining(" AND "));
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
