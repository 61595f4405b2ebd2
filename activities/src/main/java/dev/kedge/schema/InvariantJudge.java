package dev.kedge.schema;

import dev.kedge.plan.Quoting;
import dev.kedge.plan.Refusal;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.spec.Invariant;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.postgresql.util.PSQLException;

/**
 * Lets the server judge invariants: each as a view over the empty clones, which it only parses and
 * never runs. What the parsed tree calls and locks is then read from the catalog.
 */
final class InvariantJudge {
  static final String CODE = "KD2208";

  private static final String HELP =
      "it is one SELECT that reads, and calls nothing that is volatile: it may be run at any time,"
          + " and again";

  // Views it reads through count as it does. A node tree names functions by their oids.
  private static final String TREE =
      """
      WITH RECURSIVE reads AS (
        SELECT ?::regclass::oid AS oid
        UNION
        SELECT d.refobjid
        FROM reads r
        JOIN pg_rewrite w ON w.ev_class = r.oid
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
          AND d.refclassid = 'pg_class'::regclass
      ), tree AS (
        SELECT w.ev_action::text AS nodes
        FROM reads r
        JOIN pg_rewrite w ON w.ev_class = r.oid
      )
      """;

  private static final String VOLATILE =
      TREE
          + """
          SELECT DISTINCT format('%s.%s', n.nspname, p.proname) AS name
          FROM tree t
          CROSS JOIN LATERAL regexp_matches(t.nodes, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\\d+)', 'g') m
          JOIN pg_proc p ON p.oid = m[1]::oid
          JOIN pg_namespace n ON n.oid = p.pronamespace
          WHERE p.provolatile = 'v'
          ORDER BY 1""";

  private static final String LOCKS_ROWS =
      TREE + "SELECT EXISTS (SELECT FROM tree WHERE nodes ~ '[{]ROWMARKCLAUSE') AS locks";

  private final Sql sql;
  private final Scratch scratch;
  private final List<Refusal> refusals = new ArrayList<>();

  InvariantJudge(Sql sql, Scratch scratch) {
    this.sql = sql;
    this.scratch = scratch;
  }

  /** Every reason why an invariant cannot be trusted to run, in their order. */
  List<Refusal> judge(List<Invariant> invariants) throws SQLException {
    for (Invariant invariant : invariants) {
      int before = refusals.size();
      for (String query : invariant.queries()) {
        judge(invariant, query);
      }
      if (refusals.size() == before && invariant.comparesTwo()) {
        judge(invariant, invariant.offending());
      }
    }
    return refusals;
  }

  private void judge(Invariant invariant, String query) throws SQLException {
    Optional<String> several = SpecStatement.notOne(query);
    if (several.isPresent()) {
      refusals.add(refusal(invariant, several.get(), HELP));
      return;
    }
    try {
      Savepoints.attempt(sql, any -> parse(invariant, query));
    } catch (SQLException e) {
      Savepoints.throwUnlessRefused(e);
      refusals.add(refusal(invariant, words(e), HELP));
    }
  }

  private boolean parse(Invariant invariant, String query) throws SQLException {
    String view = Quoting.name(scratch.schema("public")) + ".\"kedge invariant\"";
    sql.execute(scratch.settings());
    Statements.execute(
        sql,
        "CREATE VIEW %s AS SELECT 1 AS one FROM (\n%s\n) kedge_judged"
            .formatted(view, scratch.rewrite(query)));
    sql.execute(Scratch.ourSettings());
    List<String> calls = sql.list(VOLATILE, row -> row.getString("name"), view);
    if (!calls.isEmpty()) {
      refusals.add(
          refusal(
              invariant,
              "it calls what is volatile: " + String.join(", ", calls),
              "leave the call out; a function of yours that only reads can be declared STABLE"));
    }
    if (sql.one(LOCKS_ROWS, row -> row.getBoolean("locks"), view)) {
      refusals.add(refusal(invariant, "it locks the rows it reads", "leave out FOR UPDATE"));
    }
    sql.execute("DROP VIEW " + view);
    return true;
  }

  // A query that writes does so at its top; put into another one the server says just that.
  private String words(SQLException e) {
    return e instanceof PSQLException
        ? scratch.real(SqlStates.describe(e))
        : "it is not exactly one statement";
  }

  static Refusal refusal(Invariant invariant, String why, String help) {
    return new Refusal(CODE, "invariant " + invariant.name(), why, help);
  }
}
