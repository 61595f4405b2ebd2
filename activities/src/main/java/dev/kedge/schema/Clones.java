package dev.kedge.schema;

import dev.kedge.activity.Failures;
import dev.kedge.plan.JoinedRow;
import dev.kedge.plan.JoinedTable;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.TableName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Empty clones of real tables in {@link Scratch} schemas, with the names of the real ones: columns,
 * defaults, checks, keys, indexes, sequences, foreign keys, triggers and the views over them. They
 * are read with ACCESS SHARE; nothing stronger touches a real table.
 */
final class Clones {
  private final Sql sql;
  private final Scratch scratch;
  private final Map<Long, Relation> tables = new LinkedHashMap<>();
  private final Set<Long> views = new LinkedHashSet<>();

  Clones(Sql sql, Scratch scratch) {
    this.sql = sql;
    this.scratch = scratch;
  }

  /**
   * A relation as it is outside of the rehearsal.
   *
   * @param kind {@code pg_class.relkind}
   */
  private record Relation(long oid, TableName name, String kind) {
    boolean isTable() {
      return kind.equals("r") || kind.equals("p") || kind.equals("f");
    }
  }

  /** Clones what the names stand for, and what hangs together with it. */
  void addNamed(Set<String> names) throws SQLException {
    List<Relation> found = sql.list(CloneSql.RELATIONS, Clones::relation, List.copyOf(names));
    addAll(found.stream().filter(relation -> !relation.kind().matches("[vm]")).toList());
  }

  /** Clones the relation of that oid. Returns false when it was cloned before or cannot be. */
  boolean add(long oid) throws SQLException {
    Optional<Relation> relation = sql.first(CloneSql.RELATION, Clones::relation, oid);
    if (relation.isEmpty() || scratch.redirects(relation.get().name())) {
      return false;
    }
    addAll(List.of(relation.get()));
    return scratch.redirects(relation.get().name());
  }

  /** An empty table with the columns of a joined row, under a name that stands for no real one. */
  TableName joined(String name, TableName main, JoinedRow row) throws SQLException {
    TableName joined = new TableName(main.schema(), name);
    StringBuilder columns = new StringBuilder("m.*");
    StringBuilder from = new StringBuilder(clone(main) + " m");
    for (int i = 0; i < row.joins().size(); i++) {
      JoinedTable join = row.joins().get(i);
      for (JoinedTable.Named named : join.columns()) {
        columns.append(
            ", j%d.%s AS %s"
                .formatted(i, Quoting.name(named.column()), Quoting.name(named.name())));
      }
      from.append(" CROSS JOIN %s j%d".formatted(clone(join.table()), i));
    }
    sql.execute(
        "CREATE TABLE %s AS SELECT %s FROM %s WITH NO DATA"
            .formatted(Quoting.table(scratch.redirect(joined)), columns, from));
    return joined;
  }

  private String clone(TableName real) throws SQLException {
    return Quoting.table(of(real).orElseThrow());
  }

  /** The clone of a real table. */
  Optional<TableName> of(TableName real) throws SQLException {
    return scratch.redirects(real)
        ? Optional.of(new TableName(scratch.schema(real.schema()), real.name()))
        : Optional.empty();
  }

  private void addAll(List<Relation> relations) throws SQLException {
    List<Relation> fresh = new ArrayList<>();
    for (Relation relation : relations) {
      addTo(fresh, relation);
    }
    for (Relation table : List.copyOf(fresh)) {
      for (Relation neighbour :
          sql.list(CloneSql.NEIGHBOURS, Clones::relation, table.oid(), table.oid())) {
        addTo(fresh, neighbour);
      }
    }
    for (Relation table : fresh) {
      connect(table);
    }
    views();
  }

  private void addTo(List<Relation> fresh, Relation relation) throws SQLException {
    if (tables.containsKey(relation.oid())) {
      return;
    }
    if (relation.kind().equals("S")) {
      addSequence(relation.name(), "bigint");
    } else if (relation.isTable()) {
      Partition partition = sql.one(CloneSql.PARTITION, Clones::partition, relation.oid());
      if (partition.of() != null) {
        addTo(fresh, partition.of());
      }
      tables.put(relation.oid(), relation);
      clone(relation, partition);
      fresh.add(relation);
    }
  }

  /**
   * How a table is part of others.
   *
   * @param by what it is partitioned by; null when it is not
   * @param bound which rows it holds of {@code of}; null when it is no partition
   * @param of whose partition it is
   */
  private record Partition(@Nullable String by, @Nullable String bound, @Nullable Relation of) {}

  private static Partition partition(ResultSet row) throws SQLException {
    String bound = row.getString("bound");
    return new Partition(row.getString("by"), bound, bound == null ? null : relation(row));
  }

  private void clone(Relation table, Partition partition) throws SQLException {
    TableName clone = scratch.redirect(table.name());
    try {
      Savepoints.attempt(
          sql,
          any -> {
            Statements.execute(sql, create(table, clone, partition));
            return "";
          });
    } catch (SQLException e) {
      Savepoints.throwUnlessRefused(e);
      throw Failures.refused(
          "KD2201: %s cannot be rehearsed on an empty clone: %s\nhelp: GRANT SELECT ON %s TO the worker's role"
              .formatted(
                  table.name(),
                  scratch.real(dev.kedge.postgres.SqlStates.describe(e)),
                  Quoting.readable(table.name())));
    }
    comment(table, clone);
    if (partition.of() == null) {
      // What a partition has of that comes from the table it is part of.
      sequences(table, clone);
      keys(table, clone);
    }
  }

  private String create(Relation table, TableName clone, Partition partition) throws SQLException {
    Relation of = partition.of();
    String create =
        of == null
            ? CloneSql.LIKE.formatted(Quoting.table(clone), Quoting.table(table.name()))
            : "CREATE TABLE %s PARTITION OF %s %s"
                .formatted(
                    Quoting.table(clone),
                    Quoting.table(scratch.redirect(of.name())),
                    partition.bound());
    return partition.by() == null ? create : create + " PARTITION BY " + partition.by();
  }

  private void comment(Relation table, TableName clone) throws SQLException {
    Optional<String> comment =
        sql.one(
            CloneSql.COMMENT, row -> Optional.ofNullable(row.getString("comment")), table.oid());
    if (comment.isPresent() && comment.get().indexOf('\\') < 0) {
      sql.execute(
          "COMMENT ON TABLE " + Quoting.table(clone) + " IS " + Quoting.literal(comment.get()));
    }
  }

  private record Default(String column, TableName sequence, String type, boolean owned) {}

  private void sequences(Relation table, TableName clone) throws SQLException {
    for (Default def : sql.list(CloneSql.SEQUENCES, Clones::sequenceDefault, table.oid())) {
      TableName sequence = addSequence(def.sequence(), def.type());
      String column = Quoting.name(def.column());
      sql.execute(
          "ALTER TABLE %s ALTER COLUMN %s SET DEFAULT nextval(%s::regclass)"
              .formatted(Quoting.table(clone), column, Quoting.literal(Quoting.table(sequence))));
      if (def.owned()) {
        sql.execute(
            "ALTER SEQUENCE %s OWNED BY %s.%s"
                .formatted(Quoting.table(sequence), Quoting.table(clone), column));
      }
    }
  }

  private TableName addSequence(TableName real, String type) throws SQLException {
    boolean there = scratch.redirects(real);
    TableName sequence = scratch.redirect(real);
    if (!there) {
      sql.execute("CREATE SEQUENCE " + Quoting.table(sequence) + " AS " + type);
    }
    return sequence;
  }

  private void keys(Relation table, TableName clone) throws SQLException {
    for (String[] index : sql.list(CloneSql.INDEXES, row -> two(row, "head"), table.oid())) {
      if (index[1].startsWith(index[0])) {
        String head = index[0].substring(0, index[0].lastIndexOf(" ON "));
        String tail = index[1].substring(index[0].length());
        passOver(head + " ON " + Quoting.table(clone) + " " + tail);
      }
    }
    addConstraints(CloneSql.KEYS, table, clone);
  }

  private void connect(Relation table) throws SQLException {
    TableName clone = scratch.redirect(table.name());
    addConstraints(CloneSql.FOREIGN_KEYS, table, clone);
    for (String trigger :
        sql.list(CloneSql.TRIGGERS, row -> row.getString("definition"), table.oid())) {
      String rewritten = scratch.rewrite(trigger);
      if (!rewritten.equals(trigger)) {
        passOver(rewritten);
      }
    }
  }

  private void addConstraints(String query, Relation table, TableName clone) throws SQLException {
    for (String[] constraint : sql.list(query, row -> two(row, "conname"), table.oid())) {
      String definition = scratch.rewrite(constraint[1]);
      // A foreign key to a real table would lock it.
      if (!query.equals(CloneSql.FOREIGN_KEYS) || !definition.equals(constraint[1])) {
        passOver(
            "ALTER TABLE %s ADD CONSTRAINT %s %s"
                .formatted(Quoting.table(clone), Quoting.name(constraint[0]), definition));
      }
    }
  }

  private record View(Relation relation, String definition) {}

  private void views() throws SQLException {
    List<String> oids = tables.keySet().stream().map(String::valueOf).toList();
    for (View view :
        sql.list(
            CloneSql.VIEWS, row -> new View(relation(row), row.getString("definition")), oids)) {
      if (views.add(view.relation().oid())) {
        TableName clone = scratch.redirect(view.relation().name());
        String materialized = view.relation().kind().equals("m") ? "MATERIALIZED " : "";
        String nothing = materialized.isEmpty() ? "" : " WITH NO DATA";
        passOver(
            "CREATE %sVIEW %s AS %s%s"
                .formatted(
                    materialized,
                    Quoting.table(clone),
                    scratch.rewrite(view.definition()).replaceAll(";\\s*$", ""),
                    nothing));
      }
    }
  }

  private void passOver(String statement) throws SQLException {
    Savepoints.passOver(
        sql,
        any -> {
          Statements.execute(sql, statement);
          return "";
        });
  }

  private static String[] two(ResultSet row, String name) throws SQLException {
    return new String[] {row.getString(name), row.getString("definition")};
  }

  private static Default sequenceDefault(ResultSet row) throws SQLException {
    return new Default(
        row.getString("attname"),
        new TableName(row.getString("nspname"), row.getString("relname")),
        row.getString("type"),
        row.getString("deptype") != null);
  }

  private static Relation relation(ResultSet row) throws SQLException {
    return new Relation(
        row.getLong("oid"),
        new TableName(row.getString("nspname"), row.getString("relname")),
        row.getString("relkind"));
  }
}
