package dev.kedge.inplace;

import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.drift.Drift;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.registry.StepFence;
import dev.kedge.schema.DdlRunner;
import java.sql.SQLException;
import java.util.List;

/**
 * Installs and removes a move's two triggers. Every step is one fenced transaction that marks
 * itself done, so a crash between any two of them is mended by doing all again.
 */
public final class InPlaceCapture {
  private final DdlRunner runner;

  public InPlaceCapture(DdlRunner runner) {
    this.runner = runner;
  }

  /**
   * Installs both triggers, the half of the writing side enabled, and returns when the catalog,
   * read in a later transaction, shows it. What somebody changed since is installed anew: rows
   * missed in between are for the compare to find. Fails with {@link Failures#REFUSED} when another
   * trigger would fire after ours, or a column cannot be written by one.
   */
  public void install(Database database, MoveScope scope) throws SQLException {
    if (!run(database, scope) && !isIntact(database, scope)) {
      reopen(database, scope);
      run(database, scope);
    }
    check(database, scope);
  }

  /**
   * Fails with {@link Failures#CATALOG_DIFFERS} unless the triggers are as they were installed or
   * switched last, unchanged and unreplaced since, and still the last to fire.
   */
  public void check(Database database, MoveScope scope) throws SQLException {
    database.inTransaction(
        Transaction.readCommitted(scope.scope().migration(), "check"),
        sql -> {
          check(sql, scope);
          return "";
        });
  }

  /** The same in the caller's transaction. */
  public static void check(Sql sql, MoveScope scope) throws SQLException {
    InPlaceNames names = InPlaceNames.of(sql, scope);
    new CapturedMove(names).check(sql);
    LaterTriggers.refuse(sql, names);
  }

  /** Removes triggers and functions, each trigger in a transaction of its own. */
  public void remove(Database database, MoveScope scope) throws SQLException {
    InPlaceNames names = names(database, scope);
    for (Half half : Half.values()) {
      runner.run(
          database,
          scope.scope(),
          names.removal(half),
          sql -> removeTrigger(sql, scope, names, half));
    }
    runner.run(database, scope.scope(), names.removal(), sql -> removeRest(sql, scope, names));
  }

  private boolean run(Database database, MoveScope scope) throws SQLException {
    return runner.run(
        database,
        scope.scope(),
        InPlaceNames.installation(scope.move()),
        sql -> {
          InPlaceNames names = InPlaceNames.of(sql, scope);
          TriggerColumns columns = TriggerColumns.read(sql, scope.move());
          columns.tryOut(sql);
          GeneratedColumns.refuse(sql, scope.move());
          forgetRemoval(sql, scope, names);
          installOn(sql, names, columns);
          Drift.remember(sql, names.migration(), scope.move());
          return true;
        });
  }

  // What is installed again can be removed again.
  private static void forgetRemoval(Sql sql, MoveScope scope, InPlaceNames names)
      throws SQLException {
    for (Half half : Half.values()) {
      StepFence.mark(sql, scope.scope(), names.removal(half), "undone", null);
    }
    StepFence.mark(sql, scope.scope(), names.removal(), "undone", null);
  }

  private static void installOn(Sql sql, InPlaceNames names, TriggerColumns columns)
      throws SQLException {
    sql.update(CaptureSql.MAKE_MOVE, names.migration(), names.move());
    SourceProof.remember(sql, names, columns.move());
    CapturedMove move = new CapturedMove(names);
    for (Half half : Half.values()) {
      createFunction(sql, names, columns, half);
      sql.execute(
          CaptureSql.TRIGGER.formatted(
              names.trigger(half),
              names.table(),
              Quoting.literal(names.name()),
              names.function(half)));
    }
    sql.execute(names.enableOnly(move.half(sql)));
    // Under the lock that CREATE TRIGGER took nobody adds one behind our back.
    LaterTriggers.refuse(sql, names);
    move.installed(sql);
  }

  private static void createFunction(Sql sql, InPlaceNames names, TriggerColumns columns, Half half)
      throws SQLException {
    sql.execute(columns.functions().create(half, names.bareFunction(half)));
    sql.execute(CaptureSql.REVOKE.formatted(names.function(half)));
  }

  private static boolean isIntact(Database database, MoveScope scope) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(scope.scope().migration(), "check"),
        sql -> new CapturedMove(InPlaceNames.of(sql, scope)).isIntact(sql));
  }

  private static void reopen(Database database, MoveScope scope) throws SQLException {
    String step = InPlaceNames.installation(scope.move());
    database.inTransaction(
        Transaction.readCommitted(scope.scope().migration(), "capture"),
        sql -> {
          StepFence.take(sql, scope.scope(), step);
          StepFence.mark(sql, scope.scope(), step, "undone", null);
          return "";
        });
  }

  private static boolean removeTrigger(Sql sql, MoveScope scope, InPlaceNames names, Half half)
      throws SQLException {
    boolean tableThere =
        sql.one(CaptureSql.TABLE_EXISTS, row -> row.getBoolean("found"), names.table());
    if (tableThere) {
      if (half == Half.BOTH && new CapturedMove(names).half(sql) == Half.BOTH) {
        letOldColumnsBeMissing(sql, scope, names);
      }
      sql.execute(CaptureSql.DROP_TRIGGER.formatted(names.trigger(half), names.table()));
    }
    return tableThere;
  }

  /**
   * Once the new columns are written, only the trigger fills the old ones: until contract drops
   * them, a row of the new application has none, and that must not fail its INSERT.
   */
  private static void letOldColumnsBeMissing(Sql sql, MoveScope scope, InPlaceNames names)
      throws SQLException {
    List<String> old = scope.move().reverse().stream().map(ProjectedColumn::column).toList();
    for (String column :
        sql.list(CaptureSql.REQUIRED, row -> row.getString("name"), names.table(), old)) {
      sql.execute(CaptureSql.DROP_NOT_NULL.formatted(names.table(), column));
    }
  }

  private static boolean removeRest(Sql sql, MoveScope scope, InPlaceNames names)
      throws SQLException {
    for (Half half : Half.values()) {
      sql.execute(CaptureSql.DROP_FUNCTION.formatted(names.function(half)));
    }
    sql.update(CaptureSql.REMOVED, names.migration(), names.move());
    Drift.forget(sql, names.migration(), scope.move());
    StepFence.mark(sql, scope.scope(), InPlaceNames.installation(scope.move()), "undone", null);
    return true;
  }

  private static InPlaceNames names(Database database, MoveScope scope) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(scope.scope().migration(), "capture"),
        sql -> InPlaceNames.of(sql, scope));
  }
}
