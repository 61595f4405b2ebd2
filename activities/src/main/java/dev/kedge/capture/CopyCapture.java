package dev.kedge.capture;

import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Scope;
import dev.kedge.drift.Drift;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.RangeMaker;
import dev.kedge.ledger.TailRow;
import dev.kedge.plan.JoinedTable;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Work;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import dev.kedge.registry.StepFence;
import dev.kedge.schema.DdlRunner;
import dev.kedge.spec.TableName;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Installs and removes what follows the writes of a copy's two sides. On the source keys are
 * captured and the guard sleeps; on the target, which nobody else may write yet, it is the other
 * way round. Each table's triggers are made under one lock, in a step of their own.
 */
public final class CopyCapture {
  private final DdlRunner runner = new DdlRunner();
  private final Database database;
  private final MoveScope request;
  private final MovePlan move;

  public CopyCapture(Database database, MoveScope request) {
    this.database = database;
    this.request = request;
    this.move = request.move();
  }

  /**
   * Installs what is missing, then reads the catalog in a later transaction, stores what it says
   * and makes the ranges: no snapshot of a copy is older than capture.
   */
  public void install() throws SQLException {
    step("/log", this::makeLogs);
    for (int i = 0; i < move.sources().size(); i++) {
      int join = i;
      install(part(join), false, sql -> makeTriggers(sql, join));
    }
    install("/target", true, this::makeTargetsTriggers);
    step("", this::see);
  }

  /** Removes it all, in the order that leaves nothing writing into what is gone. */
  public void remove() throws SQLException {
    removal("/tail", sql -> TailRow.remove(sql, id(sql), move.number()));
    for (int i = 0; i < move.sources().size(); i++) {
      remove(part(i), move.sources().get(i), false);
    }
    remove("/target", move.target(), true);
    removal("/functions", this::dropFunctions);
    removal("/log", sql -> dropLog(sql, KeyLog.forward(id(sql), move)));
    removal("/reverse", sql -> dropLog(sql, KeyLog.reverse(id(sql), move)));
    removal("", this::forget);
  }

  private void install(String part, boolean onTarget, Work<?> plain) throws SQLException {
    PartitionedSide partitioned = new PartitionedSide(runner, database, request, onTarget);
    if (!partitioned.isPartitioned() || part.startsWith("/joined")) {
      step(part, plain);
      return;
    }
    partitioned.install(installation() + part);
    if (onTarget) {
      step(part + "/empty", sql -> refuseRows(sql, move.target()));
    }
  }

  private void remove(String part, TableName table, boolean onTarget) throws SQLException {
    PartitionedSide partitioned = new PartitionedSide(runner, database, request, onTarget);
    if (partitioned.isPartitioned() && !part.startsWith("/joined")) {
      partitioned.remove(removal() + part);
    } else {
      removal(part, sql -> dropTriggers(sql, table));
    }
  }

  private boolean makeLogs(Sql sql) throws SQLException {
    long id = id(sql);
    List<KeyColumnForm> source = keyForms(sql, move.source(), Projection.sourceKey(move));
    List<KeyColumnForm> target = keyForms(sql, move.target(), Projection.targetKey(move));
    KeyColumnForm.refuse(move, source, target);
    for (JoinedTable join : move.joins()) {
      KeyColumnForm.refuse(
          move, join, source, keyForms(sql, join.table(), Projection.joinedKey(join)));
    }
    KeyLog forward = KeyLog.forward(id, move);
    sql.execute(CaptureSql.createLog(forward, KeyColumnForm.definitions(source)));
    makeFunctions(sql, CaptureNames.of(id, move), forward, false);
    for (int join = 1; join <= move.joins().size(); join++) {
      sql.execute(
          CaptureSql.deafCaptureFunction(
              CaptureNames.of(id, move).joinedFunction(join),
              KeyLog.joined(id, move, join),
              request.scope().migration()));
    }
    sql.execute(CaptureSql.guardFunction(CaptureNames.of(id, move).guardFunction()));
    if (followsBack()) {
      KeyLog reverse = KeyLog.reverse(id, move);
      sql.execute(CaptureSql.createLog(reverse, KeyColumnForm.definitions(target)));
      makeFunctions(sql, CaptureNames.of(id, move), reverse, true);
    }
    return true;
  }

  private void makeFunctions(Sql sql, CaptureNames names, KeyLog log, boolean reverse)
      throws SQLException {
    sql.execute(
        CaptureSql.deafCaptureFunction(
            names.captureFunction(reverse), log, request.scope().migration()));
    sql.execute(CaptureSql.emptiedFunction(names.emptiedFunction(reverse), log));
  }

  // 0 is the source, what is joined to it counts from 1.
  private boolean makeTriggers(Sql sql, int join) throws SQLException {
    CaptureNames names = CaptureNames.of(id(sql), move);
    String logs = join == 0 ? names.captureFunction(false) : names.joinedFunction(join);
    TableName table = move.sources().get(join);
    makeCapture(sql, table, logs, names.emptiedFunction(false), true);
    makeGuard(sql, table, move.target(), false);
    return true;
  }

  private boolean makeTargetsTriggers(Sql sql) throws SQLException {
    CaptureNames names = CaptureNames.of(id(sql), move);
    if (followsBack()) {
      makeCapture(
          sql, move.target(), names.captureFunction(true), names.emptiedFunction(true), false);
    }
    makeGuard(sql, move.target(), move.source(), true);
    refuseRows(sql, move.target());
    return true;
  }

  private void makeCapture(Sql sql, TableName table, String logs, String marks, boolean on)
      throws SQLException {
    CaptureNames names = CaptureNames.of(id(sql), move);
    sql.execute(CaptureSql.captureTriggers(names, table, logs, marks, request.scope().migration()));
    sql.execute(CaptureSql.enable(table, names.capture(), on));
    sql.execute(CaptureSql.enable(table, names.emptied(), on));
  }

  private void makeGuard(Sql sql, TableName table, TableName other, boolean on)
      throws SQLException {
    CaptureNames names = CaptureNames.of(id(sql), move);
    sql.execute(CaptureSql.guardTrigger(names, table, other, request.scope().migration()));
    sql.execute(CaptureSql.enable(table, names.guard(), on));
  }

  private boolean refuseRows(Sql sql, TableName target) throws SQLException {
    String table = Quoting.table(target);
    String owned = Projection.forward(move).owned();
    String query =
        CaptureSql.HAS_ROWS.formatted(
            table, owned == null ? "true" : "(\n" + owned + "\n)", Quoting.literal(table));
    if (sql.one(query, row -> row.getBoolean("has_rows"), id(sql), move.number())) {
      throw Failures.refused(
          """
          %s has rows already, and a copy fills an empty table
          help: empty it, or copy to another table; nothing was changed"""
              .formatted(target));
    }
    return true;
  }

  private boolean see(Sql sql) throws SQLException {
    long id = id(sql);
    CaptureNames names = CaptureNames.of(id, move);
    for (TableName source : move.sources()) {
      require(sql, names, source, true);
    }
    require(sql, names, move.target(), followsBack());
    CaptureState.Look look = CaptureState.look(sql, id, move);
    sql.update(
        CaptureSql.REMEMBER,
        id,
        move.number(),
        Quoting.table(move.source()),
        Quoting.table(move.target()),
        move.joins().stream().map(join -> Quoting.table(join.table())).toList(),
        look.captureNow());
    Partitions.remember(sql, id, move, look);
    Drift.remember(sql, id, move);
    RangeMaker.make(sql, id, move, request.scope().epoch());
    TailRow.make(sql, id, move.number(), request.scope().epoch());
    return true;
  }

  private static void require(Sql sql, CaptureNames names, TableName table, boolean captured)
      throws SQLException {
    List<String> triggers =
        PartitionedSide.root(sql, table).isPresent()
            ? List.of(names.capture(), names.guard())
            : captured ? names.installed() : List.of(names.guard());
    List<String> there = triggers(sql, table, triggers);
    if (there.size() != triggers.size()) {
      throw Failures.catalogDiffers(
          "triggers of %s are missing: of %s only %s are there"
              .formatted(table, String.join(", ", triggers), String.join(", ", there)));
    }
  }

  private boolean dropTriggers(Sql sql, TableName table) throws SQLException {
    // Asked first: DROP TRIGGER locks the table even when there is none.
    for (String trigger : triggers(sql, table, CaptureNames.of(id(sql), move).triggers())) {
      sql.execute(CaptureSql.dropTrigger(table, trigger));
    }
    return true;
  }

  private static List<String> triggers(Sql sql, TableName table, List<String> names)
      throws SQLException {
    return sql.list(
        CaptureSql.TRIGGERS, row -> row.getString("tgname"), Quoting.table(table), names);
  }

  private boolean dropFunctions(Sql sql) throws SQLException {
    for (String function : CaptureNames.of(id(sql), move).functions()) {
      sql.execute("DROP FUNCTION IF EXISTS kedge." + Quoting.name(function) + "()");
    }
    return true;
  }

  private static boolean dropLog(Sql sql, KeyLog log) throws SQLException {
    sql.execute("DROP TABLE IF EXISTS " + log.table());
    return true;
  }

  private boolean forget(Sql sql) throws SQLException {
    RangeMaker.forget(sql, id(sql), move.number());
    SyncTriggers.forget(sql, id(sql), move);
    StepFence.mark(sql, request.scope(), SyncTriggers.functionsStep(move.number()), "undone", null);
    Partitions.forget(sql, id(sql), move.number());
    Drift.forget(sql, id(sql), move);
    List<String> parts = new ArrayList<>(List.of("/log", "/target", ""));
    IntStream.range(0, move.sources().size()).mapToObj(CopyCapture::part).forEach(parts::add);
    for (String part : parts) {
      StepFence.mark(sql, request.scope(), installation() + part, "undone", null);
    }
    sql.update(PartitionSql.UNDO_STEPS, id(sql), installation() + "/");
    return true;
  }

  private List<KeyColumnForm> keyForms(Sql sql, TableName table, KeySide key) throws SQLException {
    return sql.list(
        CaptureSql.KEY_COLUMNS,
        row ->
            new KeyColumnForm(
                row.getString("definition"), row.getString("collation"), row.getBoolean("builtin")),
        key.names(),
        Quoting.table(table));
  }

  private static String part(int join) {
    return join == 0 ? "/source" : "/joined" + join;
  }

  private boolean followsBack() {
    return !move.reverse().isEmpty();
  }

  private long id(Sql sql) throws SQLException {
    return Migrations.id(sql, request.scope());
  }

  private void step(String part, Work<?> work) throws SQLException {
    runner.run(database, scope(), installation() + part, work);
  }

  private void removal(String part, Work<?> work) throws SQLException {
    runner.run(database, scope(), removal() + part, work);
  }

  private String removal() {
    return "contract/removeCapture/" + move.number();
  }

  private String installation() {
    return "capture/installCapture/" + move.number();
  }

  private Scope scope() {
    return request.scope();
  }
}
