package dev.kedge.schema;

import dev.kedge.activity.DdlActivities;
import dev.kedge.activity.Failures;
import dev.kedge.activity.Scope;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Quoting;
import dev.kedge.plan.Step;
import dev.kedge.plan.Step.Destroyed;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.registry.StepFence;
import dev.kedge.registry.Timeline;
import dev.kedge.spec.TableName;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Runs the statements of a spec, and takes them back; what they destroy is kept first. */
public final class PostgresDdlActivities implements DdlActivities {
  private static final String DONE = "done";
  private static final String NOT_IN_A_TRANSACTION = "25001";

  // What is only dropped can be moved instead; CASCADE would drop more than the plan lists.
  private static final Pattern PLAIN_DROP =
      Pattern.compile(
          "\\s*DROP\\s+TABLE\\b(?!.*\\bCASCADE\\s*$).*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private final Databases databases;
  private final DdlRunner runner;

  public PostgresDdlActivities(Databases databases, DdlRunner runner) {
    this.databases = databases;
    this.runner = runner;
  }

  @Override
  public void applyDdl(DdlRequest request) {
    Step.ApplyDdl step = request.step();
    Database database = databases.get(request.scope().database());
    try {
      Timeline.check(database, request.scope());
      apply(database, request.scope(), step);
      if (step.phase() == Phase.EXPAND) {
        Expanded.note(database, request.scope());
      }
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, step.phase().label() + "[" + step.number() + "]");
    }
  }

  @Override
  public UndoResult undoDdl(UndoRequest request) {
    Step.ApplyDdl step = request.step();
    Database database = databases.get(request.scope().database());
    try {
      return undo(database, request.scope(), step, request.archive());
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "undoing " + step.phase().label() + "[" + step.number() + "]");
    }
  }

  private void apply(Database database, Scope scope, Step.ApplyDdl step) throws SQLException {
    String label = label(step);
    if (step.destroys().isEmpty()) {
      runner.run(database, scope, label, step.statement());
      return;
    }
    Archivist archivist = archivist(database, scope, step, "c");
    if (!state(database, scope, label).equals(DONE)) {
      destroy(database, scope, step, archivist);
    }
    archivist.countMoved();
  }

  private void destroy(Database database, Scope scope, Step.ApplyDdl step, Archivist archivist)
      throws SQLException {
    List<Destroyed> destroys = step.destroys();
    boolean tablesOnly = destroys.stream().allMatch(destroyed -> destroyed.columns().isEmpty());
    if (tablesOnly && PLAIN_DROP.matcher(step.statement()).matches()) {
      runner.run(
          database,
          scope,
          label(step),
          sql -> {
            // Whatever stands on the table by now is to stop this as it would stop the drop.
            dryRun(sql, step.statement());
            for (int i = 0; i < destroys.size(); i++) {
              archivist.moveTable(sql, destroys.get(i).table(), String.valueOf(i + 1), false);
            }
            return "";
          });
      return;
    }
    for (int i = 0; i < destroys.size(); i++) {
      archivist.copy(destroys.get(i), String.valueOf(i + 1));
    }
    runner.run(database, scope, label(step), step.statement());
  }

  private UndoResult undo(
      Database database, Scope scope, Step.ApplyDdl step, List<TableName> archive)
      throws SQLException {
    String label = label(step);
    String state = state(database, scope, label);
    if (state.equals("open")) {
      tidy(database, scope, step);
      return new UndoResult(false, 0, List.of());
    }
    Archivist archivist = archivist(database, scope, step, "u");
    for (int i = 0; i < step.undo().size() && state.equals(DONE); i++) {
      String part = label + "/undo/" + (i + 1);
      undoOne(database, scope, part, step.undo().get(i), archive, archivist);
    }
    archivist.countMoved();
    database.inTransaction(
        Transaction.readCommitted(scope.migration(), "ddl"),
        sql -> {
          StepFence.take(sql, scope, label);
          StepFence.mark(sql, scope, label, "undone", null);
          return "";
        });
    List<Archivist.Archive> kept = archivist.archives();
    return new UndoResult(
        true,
        kept.stream().mapToLong(Archivist.Archive::rows).sum(),
        kept.stream().map(one -> "kedge." + one.name()).toList());
  }

  /** A column that would go with rows' values only the new side has. */
  private static final class ToBeKept extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Destroyed destroyed;
    private final String number;

    ToBeKept(Destroyed destroyed, String number) {
      super(destroyed.label());
      this.destroyed = destroyed;
      this.number = number;
    }
  }

  private void undoOne(
      Database database,
      Scope scope,
      String part,
      String statement,
      List<TableName> archive,
      Archivist archivist)
      throws SQLException {
    if (archive.isEmpty()) {
      runner.run(database, scope, part, statement);
      return;
    }
    try {
      runner.run(
          database, scope, part, sql -> undoKeeping(sql, part, statement, archive, archivist));
    } catch (ToBeKept kept) {
      archivist.copy(kept.destroyed, kept.number);
      undoOne(database, scope, part, statement, archive, archivist);
    } catch (SQLException e) {
      if (!NOT_IN_A_TRANSACTION.equals(e.getSQLState())) {
        throw e;
      }
      // Index work, which destroys no row.
      runner.run(database, scope, part, statement);
    }
  }

  /** Looks what the statement would destroy of {@code archive}, and keeps that instead. */
  private static boolean undoKeeping(
      Sql sql, String part, String statement, List<TableName> archive, Archivist archivist)
      throws SQLException {
    List<Destroyed> destroyed = dryRun(sql, statement, archive);
    boolean moved = false;
    for (int i = 0; i < destroyed.size(); i++) {
      Destroyed one = destroyed.get(i);
      String number = part.substring(part.lastIndexOf('/') + 1) + "_" + (i + 1);
      if (one.columns().isEmpty()) {
        archivist.moveTable(sql, one.table(), number, true);
        moved = true;
      } else if (!archivist.has(sql, number)) {
        throw new ToBeKept(one, number);
      }
    }
    if (!moved) {
      run(sql, statement);
    }
    return moved;
  }

  private static List<Destroyed> dryRun(Sql sql, String statement, List<TableName> named)
      throws SQLException {
    List<TableName> tables = withPartitions(sql, named);
    List<List<String>> before = columns(sql, tables);
    sql.execute("SAVEPOINT kedge_dry_run");
    run(sql, statement);
    List<List<String>> after = columns(sql, tables);
    sql.execute("ROLLBACK TO SAVEPOINT kedge_dry_run");
    List<Destroyed> destroyed = new ArrayList<>();
    for (int i = 0; i < tables.size(); i++) {
      List<String> gone = new ArrayList<>(before.get(i));
      gone.removeAll(after.get(i));
      // Of a partition, what goes with the column of its table is no loss of its own.
      if (!gone.isEmpty() && (named.contains(tables.get(i)) || after.get(i).isEmpty())) {
        destroyed.add(new Destroyed(tables.get(i), after.get(i).isEmpty() ? List.of() : gone));
      }
    }
    return destroyed;
  }

  private static List<TableName> withPartitions(Sql sql, List<TableName> named)
      throws SQLException {
    Set<TableName> all = new LinkedHashSet<>();
    for (TableName table : named) {
      String quoted = Quoting.table(table);
      all.add(table);
      all.addAll(
          sql.list(
              ArchiveSql.MEMBERS,
              row -> new TableName(row.getString("nspname"), row.getString("relname")),
              quoted,
              quoted));
    }
    return List.copyOf(all);
  }

  private static void dryRun(Sql sql, String statement) throws SQLException {
    dryRun(sql, statement, List.of());
  }

  private static List<List<String>> columns(Sql sql, List<TableName> tables) throws SQLException {
    List<List<String>> columns = new ArrayList<>();
    for (TableName table : tables) {
      columns.add(
          sql.list(ArchiveSql.COLUMNS, row -> row.getString("attname"), Quoting.table(table)));
    }
    return columns;
  }

  private static void run(Sql sql, String statement) throws SQLException {
    sql.execute(Statements.SEARCH_PATH);
    Statements.execute(sql, statement);
    sql.execute(Statements.OUR_PATH);
  }

  /** An index whose build was begun but never marked is the only thing an open step can leave. */
  private static void tidy(Database database, Scope scope, Step.ApplyDdl step) throws SQLException {
    Optional<ConcurrentIndex> index = ConcurrentIndex.of(step.statement());
    if (index.isEmpty() || !Unfenced.isBegun(database, scope, label(step))) {
      return;
    }
    database.outsideTransaction(
        sql -> {
          sql.execute(Statements.outsidePreamble(scope.migration(), step.statement()));
          Statements.patient(sql);
          index.get().drop(sql);
          return "";
        });
  }

  private static String state(Database database, Scope scope, String label) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(scope.migration(), "ddl"),
        sql -> StepFence.take(sql, scope, label));
  }

  private Archivist archivist(Database database, Scope scope, Step.ApplyDdl step, String letter)
      throws SQLException {
    long id =
        database
            .inTransaction(
                Transaction.readCommitted(scope.migration(), "ddl"),
                sql -> sql.first(ArchiveSql.ID, row -> row.getLong("id"), scope.migration()))
            .orElseThrow(() -> Failures.fenced(scope.migration() + " has ended"));
    String prefix = "archive_%d_%s%d_".formatted(id, letter, step.number());
    return new Archivist(runner, database, scope, label(step), prefix);
  }

  private static String label(Step.ApplyDdl step) {
    return step.phase().label() + "/" + step.kind() + "/" + step.number();
  }
}
