package dev.kedge.postgres;

import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.JoinedTable;
import dev.kedge.plan.KeyColumn;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.spec.Sync;
import dev.kedge.spec.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes the plan of a copy from two tables in schema public of a test's database, without the
 * planner: same-named columns are taken over, the key is the source's primary key by name.
 */
public final class CopyMove {
  private static final Set<String> BY_BYTES =
      Set.of("text", "character varying", "character", "citext", "bpchar");

  private final PostgresExtension postgres;
  private final String from;
  private final String to;
  private final Map<String, String> columns = new LinkedHashMap<>();
  private final Map<String, String> reverse = new LinkedHashMap<>();
  private final Map<String, Boolean> joins = new LinkedHashMap<>();
  private @Nullable String where;
  private @Nullable String owns;
  private boolean follows;
  private Sync sync = Sync.TRAILING;
  private int lanes = 2;
  private Duration chunk = Duration.ofMillis(50);

  private CopyMove(PostgresExtension postgres, String from, String to) {
    this.postgres = postgres;
    this.from = from;
    this.to = to;
  }

  public static CopyMove of(PostgresExtension postgres, String from, String to) {
    return new CopyMove(postgres, from, to);
  }

  /** A column of the target and its expression over the source. */
  public CopyMove column(String column, String expression) {
    columns.put(column, expression);
    return this;
  }

  /** The old side follows; same-named columns are taken over, more may be given. */
  public CopyMove reversed() {
    follows = true;
    return this;
  }

  /** A column of the source and its expression over the target. */
  public CopyMove reverse(String column, String expression) {
    follows = true;
    reverse.put(column, expression);
    return this;
  }

  public CopyMove where(String predicate) {
    where = predicate;
    return this;
  }

  /** The move's own rows of a target that others fill, too. */
  public CopyMove owns(String predicate) {
    owns = predicate;
    return this;
  }

  /** A table joined by its primary key. */
  public CopyMove join(String table) {
    joins.put(table, false);
    return this;
  }

  /** A table joined by its primary key where it has a row. */
  public CopyMove joinOptional(String table) {
    joins.put(table, true);
    return this;
  }

  /** The target follows in the application's own transactions. */
  public CopyMove synchronous() {
    sync = Sync.SYNCHRONOUS;
    return this;
  }

  public CopyMove chunk(Duration bound) {
    chunk = bound;
    return this;
  }

  /** Reads the catalog and makes the plan of move number {@code number}. */
  public MovePlan plan(int number) throws SQLException {
    try (Connection connection = postgres.connect()) {
      Sql sql = new Sql(connection);
      sql.execute(Databases.SESSION);
      Map<String, String> source = types(sql, from);
      Map<String, String> target = types(sql, to);
      List<KeyColumn> key = key(sql, source, target);
      List<JoinedTable> joined = joined(sql, source, key);
      return new MovePlan(
          number,
          MovePlan.Kind.COPY,
          new TableName("public", from),
          new TableName("public", to),
          key,
          projected(sql, source, target, to, columns),
          where,
          follows ? projected(sql, target, source, from, reverse) : List.of(),
          lanes,
          chunk,
          -1,
          owns,
          joined,
          sync,
          List.of(number),
          false);
    }
  }

  /** What is joined; its columns are added to those of the source. */
  private List<JoinedTable> joined(Sql sql, Map<String, String> source, List<KeyColumn> key)
      throws SQLException {
    List<JoinedTable> tables = new ArrayList<>();
    for (Map.Entry<String, Boolean> join : joins.entrySet()) {
      String table = join.getKey();
      Map<String, String> columns = types(sql, table);
      List<String> own = primaryKey(sql, table);
      List<KeyColumn> pairs = new ArrayList<>();
      for (int i = 0; i < own.size(); i++) {
        KeyColumn main = key.get(i);
        pairs.add(
            new KeyColumn(
                own.get(i), typeOf(columns, own.get(i)), main.source(), main.sourceType()));
      }
      own.forEach(columns::remove);
      List<JoinedTable.Named> named = new ArrayList<>();
      columns.forEach(
          (column, type) -> {
            String name = source.containsKey(column) ? table + "_" + column : column;
            source.put(name, type);
            named.add(new JoinedTable.Named(column, name));
          });
      tables.add(new JoinedTable(new TableName("public", table), join.getValue(), pairs, named));
    }
    return tables;
  }

  private List<KeyColumn> key(Sql sql, Map<String, String> source, Map<String, String> target)
      throws SQLException {
    return primaryKey(sql, from).stream()
        .map(
            column -> new KeyColumn(column, typeOf(source, column), column, typeOf(target, column)))
        .toList();
  }

  private static List<String> primaryKey(Sql sql, String table) throws SQLException {
    return sql.list(
        """
        SELECT a.attname
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS c (attnum, place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = c.attnum
        WHERE i.indrelid = ?::regclass AND i.indisprimary
        ORDER BY c.place""",
        row -> row.getString("attname"),
        "public." + Quoting.name(table));
  }

  private static List<ProjectedColumn> projected(
      Sql sql,
      Map<String, String> read,
      Map<String, String> written,
      String table,
      Map<String, String> given)
      throws SQLException {
    Set<String> unique = Set.copyOf(sql.list(UNIQUE, row -> row.getString(1), table(table)));
    List<ProjectedColumn> projected = new ArrayList<>();
    written.forEach(
        (column, type) -> {
          String expression =
              given.containsKey(column)
                  ? given.get(column)
                  : read.containsKey(column) ? Quoting.name(column) : null;
          if (expression != null) {
            // char(n) without its modifier would be char(1).
            String base = type.replaceFirst("\\(.*\\)", "").replaceFirst("^character$", "bpchar");
            boolean text = BY_BYTES.contains(base);
            projected.add(
                new ProjectedColumn(
                    column,
                    text ? base : type,
                    expression,
                    text ? Comparison.BYTES : Comparison.PLAIN,
                    unique.contains(column)));
          }
        });
    return projected;
  }

  private static final String UNIQUE =
      """
      SELECT DISTINCT a.attname
      FROM pg_index i
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[])
      WHERE i.indrelid = ?::regclass AND i.indisunique AND NOT i.indisprimary""";

  private static Map<String, String> types(Sql sql, String table) throws SQLException {
    Map<String, String> types = new LinkedHashMap<>();
    sql.list(
        """
        SELECT attname, format_type(atttypid, atttypmod) AS type
        FROM pg_attribute
        WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        ORDER BY attnum""",
        row -> types.put(row.getString("attname"), row.getString("type")),
        table(table));
    return types;
  }

  private static String typeOf(Map<String, String> types, String column) {
    String type = types.get(column);
    if (type == null) {
      throw new IllegalArgumentException("no column " + column);
    }
    return type;
  }

  private static String table(String name) {
    return "public." + Quoting.name(name);
  }
}
