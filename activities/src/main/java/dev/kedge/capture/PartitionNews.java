package dev.kedge.capture;

import dev.kedge.ledger.Observations;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What is told of partitions that came, went or were emptied. Taking them in is exact, but rows
 * that arrive on the other side, or leave it, must not surprise whoever looks at the status.
 */
final class PartitionNews {
  private static final int MOST = 20;

  private final MovePlan move;
  private final Map<String, String> words = new LinkedHashMap<>();

  PartitionNews(MovePlan move) {
    this.move = move;
  }

  void went(Tree.Node node) {
    words.put(node.oid(), "went from " + root(node));
  }

  void came(Tree.Node node) {
    words.put(node.oid(), "came to " + root(node));
  }

  void emptied(String oid) {
    words.putIfAbsent(oid, "was emptied");
  }

  /** Says it among the observations of the migration; nothing when there is nothing to say. */
  void note(Sql sql, long migration) throws SQLException {
    if (words.isEmpty()) {
      return;
    }
    List<String> told = words.keySet().stream().limit(MOST).toList();
    Map<String, String> names =
        Partitions.tables(sql, told).stream()
            .collect(Collectors.toMap(Partitions.Table::oid, Partitions.Table::name));
    String all =
        told.stream()
            .map(oid -> names.getOrDefault(oid, "a table that is dropped") + " " + words.get(oid))
            .collect(Collectors.joining("; "));
    Observations.note(
        sql, migration, "partitions are taken in: " + all + (words.size() > MOST ? "; …" : ""));
  }

  private String root(Tree.Node node) {
    return Quoting.readable(node.side().equals("new") ? move.target() : move.source());
  }
}
