package dev.kedge.backfill;

import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.TailRow;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import dev.kedge.schema.DdlRunner;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Takes a target's secondary indexes and constraints away before the copy and builds them after it:
 * loading without them is several times faster. They are recorded and dropped in one transaction,
 * so a crash loses none, and at the end the catalog must be what it was.
 */
final class DeferredIndexes {
  private static final long POLL_MILLIS = 100;
  private static final int MOST_BUILDS = 10;

  private final DdlRunner runner = new DdlRunner();
  private final Database database;
  private final MoveScope request;
  private final MovePlan move;
  private final String table;

  DeferredIndexes(Database database, MoveScope request) {
    this.database = database;
    this.request = request;
    this.move = request.move();
    this.table = Quoting.table(move.target());
  }

  /** Records and drops them. */
  void defer() throws SQLException {
    step("capture/deferIndexes/" + move.number(), this::recordAndDrop);
  }

  /** Builds them once every range is in the tail, and compares with what was recorded. */
  void restore(Heartbeat heartbeat) throws SQLException {
    String step = "backfill/restoreIndexes/" + move.number();
    List<Deferred> recorded = recorded();
    if (!recorded.isEmpty()) {
      awaitTails(heartbeat);
    }
    for (Deferred each : recorded) {
      restore(step + "/" + each.name(), each, heartbeat);
    }
    step(step + "/analyze", sql -> run(sql, "ANALYZE " + table));
    step(step, sql -> compare(sql, recorded));
  }

  private boolean recordAndDrop(Sql sql) throws SQLException {
    List<Deferred> found = Deferred.read(sql, move);
    sql.update(
        DeferredSql.STORE,
        Migrations.id(sql, request.scope()),
        move.number(),
        Deferred.write(found));
    for (Deferred each : found) {
      sql.execute(each.drop(table));
    }
    return true;
  }

  private List<Deferred> recorded() throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "look"),
        sql ->
            sql.first(
                    DeferredSql.STORED,
                    row -> Optional.ofNullable(row.getString("deferred")),
                    Migrations.id(sql, request.scope()),
                    move.number())
                .flatMap(json -> json)
                .map(Deferred::parse)
                .orElse(List.of()));
  }

  // Before, rows were read in different snapshots: unique values that never met in the source may
  // meet in the target. From the first round on that began with all ranges in the tail, every round
  // leaves the target as the source was in one snapshot.
  private void awaitTails(Heartbeat heartbeat) throws SQLException {
    for (TailRow tail : tails()) {
      while (look(tail).outside() > 0) {
        pause(heartbeat);
      }
    }
    awaitRounds(heartbeat);
  }

  private void awaitRounds(Heartbeat heartbeat) throws SQLException {
    for (TailRow tail : tails()) {
      long rounds = look(tail).rounds();
      while (look(tail).rounds() == rounds) {
        pause(heartbeat);
      }
    }
  }

  /** Of every move that fills the target. */
  private List<TailRow> tails() throws SQLException {
    long migration = Migrations.current(database, request.scope());
    return database
        .inTransaction(
            Transaction.readCommitted(request.scope().migration(), "look"),
            sql ->
                sql.list(DeferredSql.FILLERS, row -> row.getInt("move"), migration, move.number()))
        .stream()
        .map(number -> new TailRow(request.scope(), number, migration))
        .toList();
  }

  private TailRow.Look look(TailRow tail) throws SQLException {
    return tail.look(database)
        .filter(TailRow.Look::current)
        .orElseThrow(() -> Migrations.over(request.scope()));
  }

  private static void pause(Heartbeat heartbeat) {
    heartbeat.beat();
    Pause.millis(POLL_MILLIS);
  }

  private void restore(String step, Deferred each, Heartbeat heartbeat) throws SQLException {
    if (each.kind() != Deferred.Kind.FOREIGN) {
      build(step + "/index", each, heartbeat);
    }
    if (each.kind() != Deferred.Kind.INDEX) {
      step(step + "/constraint", sql -> run(sql, each.add(table)));
    }
    if (each.kind() == Deferred.Kind.FOREIGN && each.isChecked()) {
      step(step + "/validate", sql -> run(sql, each.validate(table)));
    }
    List<String> comments = each.comments(table);
    if (!comments.isEmpty()) {
      step(step + "/comment", sql -> run(sql, String.join("; ", comments)));
    }
  }

  // Several moves follow each at a moment of its own: a unique value that went from one source to
  // another is there twice until both tails have done a round.
  private void build(String step, Deferred each, Heartbeat heartbeat) throws SQLException {
    for (int attempts = 1; ; attempts++) {
      try {
        runner.run(database, request.scope(), step, each.build());
        return;
      } catch (SQLException e) {
        if (!SharedTarget.mayPass(move, e)) {
          throw e;
        }
        if (attempts == MOST_BUILDS) {
          throw SharedTarget.taken(move, e);
        }
      }
      awaitRounds(heartbeat);
    }
  }

  private boolean compare(Sql sql, List<Deferred> recorded) throws SQLException {
    Set<Deferred> missing = new LinkedHashSet<>(recorded);
    Deferred.read(sql, move).forEach(missing::remove);
    if (!missing.isEmpty()) {
      throw Failures.catalogDiffers(
          """
          indexes or constraints of %s did not come out as they were: %s
          help: build them as kedge.move.deferred has them, then retry"""
              .formatted(
                  move.target(),
                  missing.stream().map(Deferred::name).collect(Collectors.joining(", "))));
    }
    return true;
  }

  private static boolean run(Sql sql, String statement) throws SQLException {
    sql.execute(statement);
    return true;
  }

  private void step(String step, Work<?> work) throws SQLException {
    runner.run(database, request.scope(), step, work);
  }
}
