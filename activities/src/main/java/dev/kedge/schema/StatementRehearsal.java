package dev.kedge.schema;

import dev.kedge.plan.Catalog;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Runs statements of a spec on the clones and sees what they do. A statement that reaches for a
 * real table all the same is rolled back at once, the table is cloned, and the statement runs
 * again.
 */
final class StatementRehearsal {
  private static final String REAL_LOCKS =
      """
      SELECT coalesce(i.indrelid, c.oid) AS oid, c.oid::regclass::text AS name, l.mode
      FROM pg_locks l
      JOIN pg_class c ON c.oid = l.relation
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_index i ON i.indexrelid = c.oid
      WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.mode <> 'AccessShareLock'
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL (?)
      ORDER BY c.oid""";

  private static final int TABLES_TO_CLONE = 20;

  private final Sql sql;
  private final Scratch scratch;
  private final Clones clones;
  private final Set<String> original = new HashSet<>();
  private Set<Long> realRelations = Set.of();

  StatementRehearsal(Sql sql, Scratch scratch, Clones clones) {
    this.sql = sql;
    this.scratch = scratch;
    this.clones = clones;
  }

  /** Remembers what there is before the first statement; to be called once, before the others. */
  void begin() throws SQLException {
    realRelations =
        Set.copyOf(
            sql.list(
                "SELECT oid FROM pg_class WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname = ANY (?))",
                row -> row.getLong("oid"),
                scratch.schemas()));
    original.addAll(snapshot().keySet());
  }

  /** Rehearses statements in order; what follows a refused one is not run, and says nothing. */
  List<Catalog.Rehearsal> all(List<String> statements) throws SQLException {
    List<Catalog.Rehearsal> rehearsals = new ArrayList<>();
    boolean refused = false;
    for (String statement : statements) {
      Catalog.Rehearsal rehearsal = refused ? silent(statement) : one(statement);
      refused |= rehearsal.error() != null;
      rehearsals.add(rehearsal);
    }
    return rehearsals;
  }

  private Catalog.Rehearsal one(String statement) throws SQLException {
    Optional<String> fault = SpecStatement.fault(statement);
    if (fault.isPresent()) {
      return refused(statement, fault.get());
    }
    for (int i = 0; i < TABLES_TO_CLONE; i++) {
      Map<String, CatalogObject> before = snapshot();
      try {
        Savepoints.attempt(sql, any -> runOrThrow(statement));
        return seen(statement, before);
      } catch (Touched real) {
        if (!clones.add(real.oid)) {
          return refused(statement, real.words);
        }
        original.addAll(snapshot().keySet());
      } catch (SQLException e) {
        Savepoints.throwUnlessRefused(e);
        return refused(statement, scratch.real(SqlStates.describe(e)));
      }
    }
    return refused(statement, "it reaches for more tables than can be rehearsed");
  }

  /** A statement locked a real relation. */
  private static final class Touched extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final long oid;
    private final String words;

    Touched(long oid, String words) {
      super(words);
      this.oid = oid;
      this.words = words;
    }
  }

  private String runOrThrow(String statement) throws SQLException {
    sql.execute(scratch.settings());
    Statements.execute(sql, scratch.rewrite(SpecStatement.inTransaction(statement)));
    sql.execute(Scratch.ourSettings());
    List<Touched> real =
        sql.list(
            REAL_LOCKS,
            row ->
                new Touched(
                    row.getLong("oid"),
                    "it takes %s on %s, which cannot be rehearsed on a clone"
                        .formatted(row.getString("mode"), row.getString("name"))),
            scratch.schemas());
    for (Touched touched : real) {
      if (realRelations.contains(touched.oid)) {
        throw touched;
      }
    }
    return "";
  }

  private Catalog.Rehearsal seen(String statement, Map<String, CatalogObject> before)
      throws SQLException {
    CatalogDiff diff = new CatalogDiff(before, snapshot(), original);
    boolean concurrent = SpecStatement.isConcurrent(statement);
    return new Catalog.Rehearsal(
        statement,
        null,
        diff.undo(scratch, concurrent),
        diff.isReversible(scratch),
        diff.destroyed(scratch),
        StatementLocks.of(statement));
  }

  private Map<String, CatalogObject> snapshot() throws SQLException {
    sql.execute(Statements.OUR_PATH);
    List<String> schemas = scratch.schemas();
    Map<String, CatalogObject> objects = new LinkedHashMap<>();
    for (CatalogObject object :
        sql.list(SnapshotSql.OBJECTS, CatalogObject::of, schemas, schemas)) {
      objects.put(object.key(), object);
    }
    return objects;
  }

  private static Catalog.Rehearsal refused(String statement, String error) {
    return new Catalog.Rehearsal(statement, error, List.of(), false, List.of(), List.of());
  }

  private static Catalog.Rehearsal silent(String statement) {
    return new Catalog.Rehearsal(statement, null, List.of(), true, List.of(), List.of());
  }
}
