package dev.kedge.capture;

import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.ledger.Migrations;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import dev.kedge.schema.DdlRunner;
import dev.kedge.spec.TableName;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * The triggers of a partitioned side: one row trigger on the root, which the server clones to every
 * partition, and on each table of the tree a guard and, where there are rows, a note that it was
 * emptied. All are always on. What is switched are the bodies of their functions: two statements
 * however many partitions there are, and as catalog reads know no old snapshots, nobody is too late
 * to see it.
 */
final class PartitionedSide {
  private final DdlRunner runner;
  private final Database database;
  private final MoveScope request;
  private final MovePlan move;
  private final boolean onTarget;

  PartitionedSide(DdlRunner runner, Database database, MoveScope request, boolean onTarget) {
    this.runner = runner;
    this.database = database;
    this.request = request;
    this.move = request.move();
    this.onTarget = onTarget;
  }

  /** The oid of {@code table} if it is partitioned. */
  static Optional<String> root(Sql sql, TableName table) throws SQLException {
    return sql.first(PartitionSql.PARTITIONED, row -> row.getString("oid"), Quoting.table(table));
  }

  /** Whether it is. */
  boolean isPartitioned() throws SQLException {
    return look(sql -> root(sql, table())).isPresent();
  }

  /** Makes all there is; each table's triggers under its own lock. */
  void install(String step) throws SQLException {
    step(step + "/functions", this::makeFunctions);
    step(step, this::makeRowTrigger);
    for (var left = lacking(); !left.isEmpty(); left = lacking()) {
      for (Member member : left) {
        step(step + "/" + member.oid(), sql -> makeTriggers(sql, names(sql), member));
      }
    }
  }

  /** Removes all there is, also from tables that are no partitions any more. */
  void remove(String step) throws SQLException {
    step(
        step,
        sql -> {
          if (root(sql, table()).isPresent()) {
            lock(sql, "ACCESS EXCLUSIVE");
          }
          return dropTriggers(sql, names(sql), Quoting.table(table()));
        });
    List<Member> carriers =
        look(
            sql ->
                carriers(
                    sql,
                    id(sql),
                    move,
                    sql.list(
                        PartitionSql.ROOTS,
                        row -> row.getString("oid"),
                        Quoting.table(move.source()),
                        Quoting.table(move.target()))));
    for (Member carrier : carriers) {
      step(step + "/" + carrier.oid(), sql -> dropTriggers(sql, names(sql), carrier.name()));
    }
  }

  /**
   * A table of a tree.
   *
   * @param name quoted
   * @param kind {@code pg_class.relkind}
   */
  record Member(String oid, String name, String kind) {
    boolean hasRows() {
      return kind.equals("r");
    }
  }

  /** Tables that carry triggers of the move, but for {@code but}. */
  static List<Member> carriers(Sql sql, long migration, MovePlan move, List<String> but)
      throws SQLException {
    CaptureNames names = CaptureNames.of(migration, move);
    return sql.list(
        PartitionSql.CARRIERS,
        row -> new Member(row.getString("oid"), row.getString("name"), ""),
        names.triggers(),
        but);
  }

  /** Makes guard and note on one table, whatever of them is missing. */
  static boolean makeTriggers(
      Sql sql, CaptureNames names, MoveScope request, boolean onTarget, Member member)
      throws SQLException {
    MovePlan move = request.move();
    if (member.kind().equals("f")) {
      throw Failures.catalogDiffers(
          """
          %s is a foreign table and a partition of %s: what is written there is not seen here
          help: ALTER TABLE %s DETACH PARTITION %s; then retry"""
              .formatted(member.name(), of(move, onTarget), of(move, onTarget), member.name()));
    }
    String when = CaptureSql.notOurs(request.scope().migration());
    List<String> there =
        sql.list(
            PartitionSql.TRIGGERS_OF,
            row -> row.getString("tgname"),
            member.oid(),
            names.triggers());
    if (!there.contains(names.guard())) {
      sql.execute(
          PartitionSql.guardTrigger(names, member.name(), of(move, !onTarget), onTarget, when));
    }
    if (member.hasRows() && !there.contains(names.emptied())) {
      sql.execute(PartitionSql.emptiedTrigger(names, member.name(), onTarget, when));
    }
    // Servers before 14.5 do not pass it on to clones.
    for (String trigger : disabled(sql, names, member)) {
      sql.execute(PartitionSql.enable(member.name(), trigger));
    }
    return true;
  }

  private static List<String> disabled(Sql sql, CaptureNames names, Member member)
      throws SQLException {
    return sql
        .list(
            PartitionSql.TRIGGERS_OF,
            row -> row.getString("tgenabled").equals("A") ? "" : row.getString("tgname"),
            member.oid(),
            names.triggers())
        .stream()
        .filter(name -> !name.isEmpty())
        .toList();
  }

  /**
   * Says whether the side is written: then its keys are captured, as far as the other side follows,
   * and it refuses nobody; otherwise the other way round.
   */
  static boolean turn(Sql sql, long migration, MovePlan move, boolean onTarget, boolean written)
      throws SQLException {
    CaptureNames names = CaptureNames.of(migration, move);
    String root = root(sql, of(move, onTarget)).orElseThrow(() -> gone(move, onTarget));
    boolean captured = written && (!onTarget || !move.reverse().isEmpty());
    String capture = names.captureFunction(onTarget);
    String guard = names.guardFunction(onTarget);
    sql.execute(
        String.join(
            ";\n",
            captured
                ? CaptureSql.captureFunction(capture, log(migration, move, onTarget))
                    + ";\n"
                    + PartitionSql.executable(capture)
                : PartitionSql.idleFunction(capture),
            written ? PartitionSql.idleFunction(guard) : PartitionSql.guardFunction(guard, root)));
    return true;
  }

  private boolean makeFunctions(Sql sql) throws SQLException {
    long id = id(sql);
    String root = root(sql, table()).orElseThrow(() -> gone(move, onTarget));
    sql.execute(
        PartitionSql.emptiedFunction(
            names(sql).emptiedFunction(onTarget),
            root,
            onTarget ? "new" : "old",
            id,
            move.number()));
    return turn(sql, id, move, onTarget, !onTarget);
  }

  private boolean makeRowTrigger(Sql sql) throws SQLException {
    lock(sql, "SHARE ROW EXCLUSIVE");
    String when = CaptureSql.notOurs(request.scope().migration());
    sql.execute(PartitionSql.captureTrigger(names(sql), table(), onTarget, when));
    return true;
  }

  private boolean makeTriggers(Sql sql, CaptureNames names, Member member) throws SQLException {
    return makeTriggers(sql, names, request, onTarget, member);
  }

  // However many partitions there are, nobody waits for longer than for one.
  private void lock(Sql sql, String mode) throws SQLException {
    sql.first(PartitionSql.LOCKS_TIMEOUT, row -> "");
    try {
      sql.execute(PartitionSql.lock(table(), mode));
    } catch (SQLException e) {
      throw "57014".equals(e.getSQLState())
          ? new SQLException(SqlStates.describe(e), "55P03", e)
          : e;
    }
    sql.execute("SET LOCAL statement_timeout = 0");
  }

  static boolean dropTriggers(Sql sql, CaptureNames names, String table) throws SQLException {
    // Asked first: DROP TRIGGER locks the table even when there is none.
    for (String trigger :
        sql.list(
            PartitionSql.OWN_TRIGGERS, row -> row.getString("tgname"), table, names.triggers())) {
      sql.execute(PartitionSql.drop(table, trigger));
    }
    return true;
  }

  private List<Member> lacking() throws SQLException {
    return look(sql -> lacking(sql, names(sql), table()));
  }

  /** Tables of the tree without guard or note; none of a plain table. */
  static List<Member> lacking(Sql sql, CaptureNames names, TableName root) throws SQLException {
    return sql.list(
        PartitionSql.LACKING,
        row -> new Member(row.getString("oid"), row.getString("name"), row.getString("kind")),
        Quoting.table(root),
        names.guard(),
        names.emptied());
  }

  private <T> T look(Work<T> work) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "look"), work);
  }

  private void step(String step, Work<?> work) throws SQLException {
    runner.run(database, request.scope(), step, work);
  }

  private TableName table() {
    return of(move, onTarget);
  }

  private static KeyLog log(long migration, MovePlan move, boolean onTarget) {
    return onTarget ? KeyLog.reverse(migration, move) : KeyLog.forward(migration, move);
  }

  private static TableName of(MovePlan move, boolean onTarget) {
    return onTarget ? move.target() : move.source();
  }

  private static RuntimeException gone(MovePlan move, boolean onTarget) {
    return Failures.catalogDiffers(
        "%s is gone, or no partitioned table any more".formatted(of(move, onTarget)));
  }

  private CaptureNames names(Sql sql) throws SQLException {
    return CaptureNames.of(id(sql), move);
  }

  private long id(Sql sql) throws SQLException {
    return Migrations.id(sql, request.scope());
  }
}
