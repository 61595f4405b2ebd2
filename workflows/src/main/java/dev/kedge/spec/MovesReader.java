package dev.kedge.spec;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the moves and checks that they do not get into each other's way. */
final class MovesReader {
  private static final String ONE_BY_ONE = "make two migrations of it, one after the other";

  private final Problems problems;
  private final Scalars scalars;
  private final Set<TableName> followed = new HashSet<>();

  MovesReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
  }

  List<Move> read(Node node) {
    MoveReader reader = new MoveReader(problems);
    List<Move> moves = new ArrayList<>();
    Map<TableName, Integer> targets = new HashMap<>();
    Map<TableName, Integer> sources = new HashMap<>();
    for (Node element : scalars.list(node, "moves")) {
      Optional<Move> move = reader.read(element);
      if (move.isPresent()) {
        moves.add(move.get());
        check(move.get(), element, targets, sources);
        targets.putIfAbsent(move.get().to(), moves.size());
        sources.putIfAbsent(move.get().from(), moves.size());
      }
    }
    return moves;
  }

  private void check(
      Move move, Node at, Map<TableName, Integer> targets, Map<TableName, Integer> sources) {
    if (targets.containsKey(move.to())) {
      String help =
          move.inPlace()
              ? "one move can fill several columns; put them into one"
              : "a merge of several moves into one target comes later";
      refuse(at, move.to() + " is filled by move " + targets.get(move.to()) + " already", help);
    } else if (targets.containsKey(move.from())) {
      refuse(at, move.from() + " is filled by move " + targets.get(move.from()), ONE_BY_ONE);
    } else if (sources.containsKey(move.to())) {
      refuse(at, move.to() + " is read by move " + sources.get(move.to()), ONE_BY_ONE);
    } else if (move.follows() && !followed.add(move.from())) {
      Fields.later(at, "reverse", "way back from several targets into one table", problems);
    }
  }

  private void refuse(Node at, String message, String help) {
    problems.add(at, Codes.MOVES, message, help);
  }
}
