package dev.kedge.schema;

import dev.kedge.activity.Failures;
import dev.kedge.plan.CanonicalJson;
import dev.kedge.plan.Catalog;
import dev.kedge.plan.Catalog.Owner;
import dev.kedge.plan.Refusal;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import dev.kedge.registry.ControlSchema;
import dev.kedge.spec.Move;
import dev.kedge.spec.Spec;
import dev.kedge.spec.Statement;
import dev.kedge.spec.TableName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.postgresql.jdbc.PgConnection;

/**
 * Reads all that a plan stands on, in one transaction that is always rolled back: the tables of the
 * spec, what expand and contract do to empty clones of them, and the server's verdict on each
 * expression.
 */
public final class CatalogReader {
  // Whatever a statement reaches for, it does not wait for long.
  private static final Duration LOCK_TIMEOUT = Duration.ofMillis(50);

  private final Database database;

  public CatalogReader(Database database) {
    this.database = database;
  }

  private record Server(int version, String role, String systemIdentifier, boolean mayCreate) {}

  /** The catalog as {@code spec} needs it. Leaves nothing behind. */
  public Catalog read(Spec spec) throws SQLException {
    if (isStandby()) {
      return standby();
    }
    Transaction transaction =
        Transaction.repeatableRead(spec.migration(), "plan").lockTimeout(LOCK_TIMEOUT);
    return database.inTransaction(transaction, sql -> readAndRollBack(sql, spec));
  }

  /** What speaks against the invariants of {@code spec}, on the tables as expand leaves them. */
  List<Refusal> invariants(Spec spec) throws SQLException {
    Transaction transaction =
        Transaction.repeatableRead(spec.migration(), "plan").lockTimeout(LOCK_TIMEOUT);
    return database.inTransaction(
        transaction, sql -> rolledBack(sql, unpooled -> new Reading(unpooled, spec).invariants()));
  }

  /** The fingerprint of the tables of {@code spec} as they are now. */
  public String hash(Spec spec) throws SQLException {
    return isStandby()
        ? ""
        : database.inTransaction(
            Transaction.repeatableRead(spec.migration(), "plan"), sql -> hash(sql, spec));
  }

  /** Unfinished migrations other than this one that own a table of {@code spec}. */
  public List<Owner> owners(Spec spec) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(spec.migration(), "plan"), sql -> owners(sql, spec));
  }

  /** The tables of the spec, sorted. */
  static Set<TableName> tables(Spec spec) {
    Set<TableName> tables =
        new TreeSet<>(Comparator.comparing(TableName::schema).thenComparing(TableName::name));
    for (Move move : spec.moves()) {
      tables.add(move.from());
      move.joins().forEach(join -> tables.add(join.table()));
      tables.add(move.to());
    }
    return tables;
  }

  private static Catalog readAndRollBack(Sql sql, Spec spec) throws SQLException {
    return rolledBack(sql, unpooled -> new Reading(unpooled, spec).catalog());
  }

  private static <T> T rolledBack(Sql sql, Work<T> work) throws SQLException {
    try {
      // The pool throws a connection away that says "not supported", as many an expression makes
      // it.
      return work.in(new Sql(sql.connection().unwrap(PgConnection.class)));
    } finally {
      sql.connection().rollback();
    }
  }

  /** Whether the server is one, so that nothing can be rehearsed. */
  boolean isStandby() throws SQLException {
    return database.outsideTransaction(
        sql -> sql.one(CatalogSql.IN_RECOVERY, row -> row.getBoolean("standby")));
  }

  private Catalog standby() throws SQLException {
    Server server = database.outsideTransaction(CatalogReader::server);
    return new Catalog(
        server.version(),
        server.systemIdentifier(),
        true,
        server.role(),
        List.of(),
        CanonicalJson.hash(Map.of()),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  private static Server server(Sql sql) throws SQLException {
    return sql.one(
        CatalogSql.SERVER,
        row ->
            new Server(
                row.getInt("version"),
                row.getString("role"),
                row.getString("system_identifier"),
                row.getBoolean("may_create")));
  }

  private static String hash(Sql sql, Spec spec) throws SQLException {
    TableReader tables = new TableReader(sql);
    Map<String, List<String>> structures = new TreeMap<>();
    for (TableName table : tables(spec)) {
      structures.put(table.toString(), tables.structure(table));
    }
    return CanonicalJson.hash(structures);
  }

  private static List<Owner> owners(Sql sql, Spec spec) throws SQLException {
    if (!ControlSchema.isThere(sql)) {
      return List.of();
    }
    Set<TableName> tables = tables(spec);
    return sql
        .list(
            CatalogSql.OWNERS,
            row ->
                new Owner(
                    new TableName(row.getString("schema_name"), row.getString("table_name")),
                    row.getString("name"),
                    row.getString("since")),
            spec.migration())
        .stream()
        .filter(owner -> tables.contains(owner.table()))
        .toList();
  }

  /** One reading, in its transaction. */
  private static final class Reading {
    private final Sql sql;
    private final Spec spec;
    private final Scratch scratch;
    private final Clones clones;
    private final TableReader tables;
    private final Set<TableName> names;

    Reading(Sql sql, Spec spec) {
      this.sql = sql;
      this.spec = spec;
      this.scratch = new Scratch(sql);
      this.clones = new Clones(sql, scratch);
      this.tables = new TableReader(sql);
      this.names = tables(spec);
    }

    Catalog catalog() throws SQLException {
      Server server = server(sql);
      if (!server.mayCreate()) {
        throw Failures.refused(
            "KD2201: role %s may not create a schema to rehearse in\nhelp: GRANT CREATE ON DATABASE … TO %s"
                .formatted(server.role(), server.role()));
      }
      List<Catalog.Table> before = before();
      List<TableName> all =
          sql.list(
              CatalogSql.TABLE_NAMES,
              row -> new TableName(row.getString("nspname"), row.getString("relname")));
      String hash = hash(sql, spec);
      List<Catalog.Publication> publications = new PublicationReader(sql).read(names);
      List<Owner> owners = owners(sql, spec);

      makeClones();
      StatementRehearsal rehearsal = new StatementRehearsal(sql, scratch, clones);
      rehearsal.begin();
      List<Catalog.Rehearsal> expand =
          rehearsal.all(spec.expand().stream().map(Statement::sql).toList());
      List<Catalog.Table> after = after(before);
      List<Catalog.ExpressionVerdict> verdicts =
          new ExpressionJudge(sql, scratch, clones, after).judge(spec.moves());
      List<Catalog.Rehearsal> contract =
          rehearsal.all(spec.contract().stream().map(Statement::sql).toList());
      return new Catalog(
          server.version(),
          server.systemIdentifier(),
          false,
          server.role(),
          all,
          hash,
          before,
          after,
          expand,
          contract,
          verdicts,
          publications,
          owners);
    }

    /** What expand is refused for is said elsewhere; nothing after it can be judged. */
    List<Refusal> invariants() throws SQLException {
      makeClones();
      StatementRehearsal rehearsal = new StatementRehearsal(sql, scratch, clones);
      rehearsal.begin();
      boolean refused =
          rehearsal.all(spec.expand().stream().map(Statement::sql).toList()).stream()
              .anyMatch(each -> each.error() != null);
      return refused ? List.of() : new InvariantJudge(sql, scratch).judge(spec.invariants());
    }

    private void makeClones() throws SQLException {
      Set<String> mentioned = new HashSet<>();
      names.forEach(name -> mentioned.add(name.name()));
      for (Statement statement : spec.expand()) {
        mention(mentioned, statement);
      }
      for (Statement statement : spec.contract()) {
        mention(mentioned, statement);
      }
      scratch.schema("public");
      clones.addNamed(mentioned);
      for (TableName name : names) {
        scratch.redirect(name);
      }
    }

    private static void mention(Set<String> names, Statement statement) {
      for (SqlText.Token token : SqlText.tokens(statement.sql())) {
        if (token.isName()) {
          names.add(token.name());
        }
      }
    }

    private List<Catalog.Table> before() throws SQLException {
      List<Catalog.Table> found = new ArrayList<>();
      for (TableName name : names) {
        tables.read(name, Rights.on(name, spec.moves())).ifPresent(found::add);
      }
      return found;
    }

    private List<Catalog.Table> after(List<Catalog.Table> before) throws SQLException {
      List<Catalog.Table> found = new ArrayList<>();
      for (TableName name : names) {
        Optional<TableName> clone = clones.of(name);
        Optional<Catalog.Table> table =
            clone.isEmpty() ? Optional.empty() : tables.read(clone.get(), Set.of());
        table.ifPresent(t -> found.add(Renamed.as(name, t, Catalog.find(before, name), scratch)));
      }
      return found;
    }
  }
}
