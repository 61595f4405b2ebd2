package dev.kedge.bench.stress;

import java.sql.SQLException;
import java.util.Set;

/** What an error means to the application. */
final class Errors {
  static final String OTHER_SIDE = "KD001";
  static final String CONFLICT = "40001";
  static final String DEADLOCK = "40P01";
  static final String DUPLICATE = "23505";

  private static final Set<String> CRASH = Set.of("57P01", "57P02", "57P03");
  private static final Set<String> DROPPED = Set.of("42P01", "42703");

  private Errors() {}

  static String state(SQLException error) {
    return String.valueOf(error.getSQLState());
  }

  /** The connection is gone, and whatever it was doing. */
  static boolean disconnected(SQLException error) {
    String state = error.getSQLState();
    return state == null || state.startsWith("08") || CRASH.contains(state);
  }

  /**
   * A row that it waited for went to another partition: PostgreSQL cannot follow it there, at any
   * level. Only the application moves rows of the side that is written.
   */
  static boolean movedAway(SQLException error) {
    return String.valueOf(error.getMessage()).contains("already moved to another partition");
  }

  /** The table or column is not there any more. */
  static boolean dropped(SQLException error) {
    return DROPPED.contains(state(error));
  }
}
