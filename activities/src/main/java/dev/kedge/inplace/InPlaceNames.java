package dev.kedge.inplace;

import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;

/**
 * What a move's table, triggers, functions and steps are called. Names of the database are quoted.
 *
 * @param migration the migration's number in the registry
 * @param name the migration's name
 * @param move the move's number
 * @param table the table
 */
record InPlaceNames(long migration, String name, int move, String table) {

  /** The names of a move, whose migration must be in the registry. */
  static InPlaceNames of(Sql sql, MoveScope scope) throws SQLException {
    String name = scope.scope().migration();
    long migration =
        sql.first(CaptureSql.MIGRATION, row -> row.getLong("id"), name)
            .orElseThrow(
                () -> Failures.fenced("%s has ended; nothing was changed".formatted(name)));
    MovePlan move = scope.move();
    return new InPlaceNames(migration, name, move.number(), Quoting.table(move.source()));
  }

  static String installation(MovePlan move) {
    return "capture/installCapture/" + move.number();
  }

  static String handOver(MovePlan move) {
    return "writes/handOver/" + move.number();
  }

  static String handBack(MovePlan move) {
    return "writes/handBack/" + move.number();
  }

  String removal() {
    return "contract/removeCapture/" + move;
  }

  String removal(Half half) {
    return removal() + "/" + bareTrigger(half);
  }

  String trigger(Half half) {
    return Quoting.name(bareTrigger(half));
  }

  String bareTrigger(Half half) {
    return half.trigger(migration, move);
  }

  List<String> bareTriggers() {
    return Arrays.stream(Half.values()).map(this::bareTrigger).toList();
  }

  String function(Half half) {
    return Quoting.name(bareFunction(half));
  }

  String bareFunction(Half half) {
    return half.function(migration, move);
  }

  String enableOnly(Half half) {
    Half other = half == Half.FILL ? Half.BOTH : Half.FILL;
    return CaptureSql.ENABLE_ONE.formatted(table, trigger(half), trigger(other));
  }
}
