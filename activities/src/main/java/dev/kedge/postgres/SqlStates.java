package dev.kedge.postgres;

import dev.kedge.activity.Failures;
import io.temporal.failure.ApplicationFailure;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What an SQLSTATE means for us; the one place where it becomes a failure. */
public final class SqlStates {
  private static final Set<String> CONTENTION = Set.of("40001", "40P01", "55P03");
  private static final Set<String> UNAVAILABLE =
      Set.of("57P01", "57P02", "57P03", "57P05", "25006", "25P03", "53300");
  // 25P04 is transaction_timeout, 53400 temp_file_limit.
  private static final Set<String> TOO_LARGE = Set.of("57014", "53000", "53200", "53400", "25P04");
  private static final Set<String> BAD_DATA = Set.of("54000");

  private SqlStates() {}

  /** What an error says of the next attempt. */
  public enum Kind {
    /**
     * Serialization, deadlock, lock timeout: the same again, soon, with jitter; after these tries
     * whoever asked tries again later, for as long as it takes.
     */
    CONTENTION(20),
    /**
     * Reconnect, ask the ledger, then again, for as long as it takes: each try may take a
     * connection timeout, so few are made before whoever asked hears of it.
     */
    UNAVAILABLE(2),
    /**
     * Statement timeout or memory: smaller, then again. These are the tries of what cannot be made
     * smaller: a machine that stands still for a moment is no reason to call somebody.
     */
    TOO_LARGE(8),
    /** Disk full or broken: stop and call somebody. */
    NO_SPACE(0),
    /**
     * A row cannot be converted, or breaks a rule: never the same again, but which row it is can be
     * found out.
     */
    BAD_DATA(0),
    /** The statement itself is refused: a bug of ours, or the catalog changed. */
    STATEMENT(0);

    private final int tries;

    Kind(int tries) {
      this.tries = tries;
    }

    /** How often the same is tried again before it counts as failed. */
    public int tries() {
      return tries;
    }
  }

  /** The kind of an error; errors without a state count as {@link Kind#UNAVAILABLE}. */
  public static Kind kindOf(SQLException error) {
    String state = error.getSQLState();
    return state == null ? Kind.UNAVAILABLE : kindOf(state);
  }

  /** The kind of an SQLSTATE. */
  public static Kind kindOf(String state) {
    if (state.startsWith("08") || UNAVAILABLE.contains(state)) {
      return Kind.UNAVAILABLE;
    }
    if (CONTENTION.contains(state)) {
      return Kind.CONTENTION;
    }
    if (TOO_LARGE.contains(state)) {
      return Kind.TOO_LARGE;
    }
    if (BAD_DATA.contains(state)) {
      return Kind.BAD_DATA;
    }
    return switch (state.substring(0, 2)) {
      // P0 is what functions and triggers of others raise about the row they are given.
      case "22", "23", "P0" -> Kind.BAD_DATA;
      case "53", "58", "XX" -> Kind.NO_SPACE;
      default -> Kind.STATEMENT;
    };
  }

  /**
   * How often the same is tried again after {@code error}. A transaction that the server ended
   * because we stood still for a moment is like contention.
   */
  public static int tries(SQLException error) {
    return (wasSilent(error) ? Kind.CONTENTION : kindOf(error)).tries();
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
   * quotes the value in its message, and for what functions of others raise, the state alone.
   */
  public static String describe(SQLException error) {
    String state = error.getSQLState();
    ServerErrorMessage server = serverMessage(error);
    if (server == null) {
      return state == null || state.startsWith("08")
          ? "the database cannot be reached" + why(error)
          : "SQLSTATE " + state;
    }
    return words(state == null ? "" : state, server)
        + objects(server)
        + " (SQLSTATE "
        + state
        + ")";
  }

  // What the machine said; the driver's own words would name the host.
  private static String why(SQLException error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnknownHostException) {
        return " (unknown host)";
      }
      if (cause instanceof ConnectException) {
        return " (connection refused)";
      }
      if (cause instanceof SocketTimeoutException) {
        return " (no answer in time)";
      }
      if (cause instanceof SSLException) {
        return " (no agreement on TLS)";
      }
    }
    return "";
  }

  private static String words(String state, ServerErrorMessage server) {
    if (state.startsWith("22")) {
      return "a value cannot be converted";
    }
    return state.startsWith("P0")
        ? "a function or trigger raised an error"
        : String.valueOf(server.getMessage());
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
