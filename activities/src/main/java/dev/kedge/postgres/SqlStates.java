package dev.kedge.postgres;

import dev.kedge.activity.Failures;
import io.temporal.failure.ApplicationFailure;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What an SQLSTATE means for us; the one place where it becomes a failure. */
public final class SqlStates {
  private static final Set<String> CONTENTION = Set.of("40001", "40P01", "55P03");
  private static final Set<String> UNAVAILABLE =
      Set.of("57P01", "57P02", "57P03", "25006", "25P03", "53300");

  private SqlStates() {}

  /** What to do about an error. */
  public enum Kind {
    /** Serialization, deadlock, lock timeout: the same again, soon. */
    CONTENTION,
    /** Reconnect, ask the ledger, then again. */
    UNAVAILABLE,
    /** Statement timeout or memory: smaller, then again. */
    TOO_LARGE,
    /** Disk full or broken: stop and call somebody. */
    NO_SPACE,
    /** A row cannot be converted, or breaks a rule. */
    BAD_DATA,
    /** The statement itself is refused: a bug of ours, or the catalog changed. */
    STATEMENT
  }

  /** The kind of an error; errors without a state count as {@link Kind#UNAVAILABLE}. */
  public static Kind kindOf(SQLException error) {
    String state = error.getSQLState();
    if (state == null || state.startsWith("08") || UNAVAILABLE.contains(state)) {
      return Kind.UNAVAILABLE;
    }
    if (CONTENTION.contains(state)) {
      return Kind.CONTENTION;
    }
    return switch (state.substring(0, 2)) {
      case "22", "23" -> Kind.BAD_DATA;
      case "53" -> state.equals("53100") ? Kind.NO_SPACE : Kind.TOO_LARGE;
      case "57" -> Kind.TOO_LARGE;
      case "58", "XX" -> Kind.NO_SPACE;
      default -> Kind.STATEMENT;
    };
  }

  /**
   * Whether the server ended a transaction because we were silent in it for too long: this process
   * stood still. Often the next statement finds only that nobody is there any more.
   */
  public static boolean wasSilent(SQLException error) {
    String state = error.getSQLState();
    return "25P03".equals(state)
        || ("08006".equals(state) && !(error.getCause() instanceof SocketTimeoutException));
  }

  /**
   * The failure of an activity that met {@code error}.
   *
   * @param doing what was being done, as in "filling public.users"
   */
  public static ApplicationFailure toFailure(SQLException error, String doing) {
    String message = doing + ": " + describe(error);
    return switch (kindOf(error)) {
      case CONTENTION -> Failures.blocked(message, Duration.ofSeconds(1));
      case UNAVAILABLE, TOO_LARGE -> Failures.unavailable(message);
      case BAD_DATA -> Failures.badData(message);
      case NO_SPACE, STATEMENT -> Failures.statementFailed(message);
    };
  }

  /**
   * The error in words that hold no row's values: DETAIL never, and for class 22, where the server
   * quotes the value in its message, the state alone.
   */
  public static String describe(SQLException error) {
    String state = error.getSQLState();
    ServerErrorMessage server = serverMessage(error);
    if (server == null) {
      return state == null || state.startsWith("08")
          ? "the database cannot be reached"
          : "SQLSTATE " + state;
    }
    String words =
        state != null && state.startsWith("22")
            ? "a value cannot be converted"
            : server.getMessage();
    return words + objects(server) + " (SQLSTATE " + state + ")";
  }

  private static @Nullable ServerErrorMessage serverMessage(SQLException error) {
    return error instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
  }

  private static String objects(ServerErrorMessage server) {
    StringBuilder objects = new StringBuilder();
    append(objects, " constraint ", server.getConstraint());
    append(objects, " table ", server.getTable());
    append(objects, " column ", server.getColumn());
    return objects.isEmpty() ? "" : " [" + objects.toString().strip() + "]";
  }

  private static void append(StringBuilder out, String label, @Nullable String value) {
    if (value != null) {
      out.append(label).append(value);
    }
  }
}
