package dev.kedge.plan;

import dev.kedge.spec.TableName;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds the copies that change their writing side in one transaction: those that share a table, and
 * those that share one with them. One after the other, they would leave the application in between
 * with a row that neither side takes.
 */
final class Together {
  private final List<Set<Integer>> groups = new ArrayList<>();
  private final List<Set<TableName>> tables = new ArrayList<>();

  private Together() {}

  /** The moves, each with the numbers of its group. */
  static List<MovePlan> group(List<MovePlan> moves) {
    Together together = new Together();
    moves.stream().filter(move -> move.kind() == MovePlan.Kind.COPY).forEach(together::add);
    return moves.stream().map(move -> move.withTogether(together.groupOf(move))).toList();
  }

  private void add(MovePlan move) {
    Set<Integer> numbers = new LinkedHashSet<>(List.of(move.number()));
    Set<TableName> names = new LinkedHashSet<>(move.tables());
    for (int i = groups.size() - 1; i >= 0; i--) {
      if (!Collections.disjoint(tables.get(i), names)) {
        numbers.addAll(groups.remove(i));
        names.addAll(tables.remove(i));
      }
    }
    groups.add(numbers);
    tables.add(names);
  }

  private List<Integer> groupOf(MovePlan move) {
    return groups.stream()
        .filter(group -> group.contains(move.number()))
        .findFirst()
        .map(group -> group.stream().sorted().toList())
        .orElse(List.of(move.number()));
  }
}
