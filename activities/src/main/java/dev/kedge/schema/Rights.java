package dev.kedge.schema;

import dev.kedge.spec.Move;
import dev.kedge.spec.Sync;
import dev.kedge.spec.TableName;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What a worker's role needs on the tables of a spec. */
final class Rights {
  private Rights() {}

  static Set<String> on(TableName table, List<Move> moves) {
    Set<String> rights = new TreeSet<>();
    for (Move move : moves) {
      if (move.from().equals(table) || joins(move, table)) {
        // UPDATE is what LOCK TABLE wants before a handover.
        rights.addAll(Set.of("SELECT", "TRIGGER", "UPDATE"));
      }
      if (move.from().equals(table) && !move.inPlace() && !move.reverse().isEmpty()) {
        rights.addAll(Set.of("INSERT", "DELETE"));
      }
      if (move.to().equals(table) && !move.inPlace()) {
        rights.addAll(Set.of("SELECT", "TRIGGER", "UPDATE", "INSERT", "DELETE"));
      }
      if (move.to().equals(table) && move.sync() == Sync.SYNCHRONOUS) {
        rights.add("TRUNCATE");
      }
    }
    return rights;
  }

  private static boolean joins(Move move, TableName table) {
    return move.joins().stream().anyMatch(join -> join.table().equals(table));
  }
}
