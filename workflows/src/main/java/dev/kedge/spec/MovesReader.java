package dev.kedge.spec;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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
    List<Node> places = new ArrayList<>();
    for (Node element : scalars.list(node, "moves")) {
      Optional<Move> move = reader.read(element);
      if (move.isPresent()) {
        check(move.get(), element, moves);
        moves.add(move.get());
        places.add(element);
      }
    }
    for (int i = 0; i < moves.size(); i++) {
      checkOwner(moves.get(i), places.get(i), moves);
    }
    return moves;
  }

  private void check(Move move, Node at, List<Move> before) {
    Optional<Move> filler = filler(move.to(), before);
    if (filler.isPresent() && (move.inPlace() || filler.get().inPlace())) {
      refuse(
          at,
          move.to() + " is filled by move " + number(filler.get(), before) + " already",
          "one move can fill several columns; put them into one");
      return;
    }
    for (TableName source : sources(move)) {
      Optional<Move> fills = filler(source, before);
      if (fills.isPresent()) {
        refuse(at, source + " is filled by move " + number(fills.get(), before), ONE_BY_ONE);
        return;
      }
    }
    Optional<Move> reads = before.stream().filter(b -> sources(b).contains(move.to())).findFirst();
    if (reads.isPresent()) {
      refuse(at, move.to() + " is read by move " + number(reads.get(), before), ONE_BY_ONE);
    } else if (move.follows() && !followed.add(move.from())) {
      Fields.later(at, "reverse", "way back from several targets into one table", problems);
    }
  }

  /**
   * Of several moves into one target, each must say which rows are its own; a single one owns all.
   */
  private void checkOwner(Move move, Node at, List<Move> moves) {
    long fillers = moves.stream().filter(other -> other.to().equals(move.to())).count();
    if (fillers > 1 && !move.inPlace() && move.owns() == null) {
      refuse(
          at,
          "%d moves fill %s, and this one does not say which rows are its own"
              .formatted(fillers, move.to()),
          "give each an owns: that is true for exactly its rows, as in owns: kind = 1");
    } else if (fillers == 1 && move.owns() != null) {
      refuse(
          at,
          "owns is for several moves into one target, and only this one fills " + move.to(),
          "leave owns out: every row of the target is this move's");
    }
  }

  private static Optional<Move> filler(TableName table, List<Move> moves) {
    return moves.stream().filter(move -> move.to().equals(table)).findFirst();
  }

  private static List<TableName> sources(Move move) {
    List<TableName> sources = new ArrayList<>(List.of(move.from()));
    move.joins().forEach(join -> sources.add(join.table()));
    return sources;
  }

  private static int number(Move move, List<Move> moves) {
    return moves.indexOf(move) + 1;
  }

  private void refuse(Node at, String message, String help) {
    problems.add(at, Codes.MOVES, message, help);
  }
}
