package dev.kedge.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kedge.activity.Failures;
import dev.kedge.postgres.SqlStates.Kind;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.net.ServerSocket;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What is done about an error, by its SQLSTATE. */
final class SqlStatesTest {
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          40001, CONTENTION,  Blocked
          40P01, CONTENTION,  Blocked
          55P03, CONTENTION,  Blocked
          08000, UNAVAILABLE, Unavailable
          08001, UNAVAILABLE, Unavailable
          08003, UNAVAILABLE, Unavailable
          08006, UNAVAILABLE, Unavailable
          57P01, UNAVAILABLE, Unavailable
          57P02, UNAVAILABLE, Unavailable
          57P03, UNAVAILABLE, Unavailable
          57P05, UNAVAILABLE, Unavailable
          25006, UNAVAILABLE, Unavailable
          25P03, UNAVAILABLE, Unavailable
          53300, UNAVAILABLE, Unavailable
          57014, TOO_LARGE,   Unavailable
          53000, TOO_LARGE,   Unavailable
          53200, TOO_LARGE,   Unavailable
          53400, TOO_LARGE,   Unavailable
          25P04, TOO_LARGE,   Unavailable
          53100, NO_SPACE,    StatementFailed
          58030, NO_SPACE,    StatementFailed
          58P01, NO_SPACE,    StatementFailed
          XX000, NO_SPACE,    StatementFailed
          XX001, NO_SPACE,    StatementFailed
          XX002, NO_SPACE,    StatementFailed
          22003, BAD_DATA,    BadData
          22007, BAD_DATA,    BadData
          22012, BAD_DATA,    BadData
          22P02, BAD_DATA,    BadData
          23502, BAD_DATA,    BadData
          23503, BAD_DATA,    BadData
          23505, BAD_DATA,    BadData
          23514, BAD_DATA,    BadData
          23P01, BAD_DATA,    BadData
          54000, BAD_DATA,    BadData
          P0001, BAD_DATA,    BadData
          42501, STATEMENT,   StatementFailed
          42P01, STATEMENT,   StatementFailed
          42703, STATEMENT,   StatementFailed
          42883, STATEMENT,   StatementFailed
          0A000, STATEMENT,   StatementFailed
          3F000, STATEMENT,   StatementFailed
          25001, STATEMENT,   StatementFailed
          54001, STATEMENT,   StatementFailed
          57P04, STATEMENT,   StatementFailed
          """)
  void everyStateHasOneAnswer(String state, Kind kind, String failure) {
    SQLException error = new SQLException("secret", state);

    ApplicationFailure made = SqlStates.toFailure(error, "filling b");

    assertEquals(kind, SqlStates.kindOf(error));
    assertEquals(failure, made.getType());
    boolean passes = List.of(Failures.BLOCKED, Failures.UNAVAILABLE).contains(failure);
    assertEquals(!passes, made.isNonRetryable());
    assertFalse(String.valueOf(made.getOriginalMessage()).contains("secret"));
  }

  @ParameterizedTest
  @CsvSource({
    "40001, 20",
    "57014, 8",
    "08001, 2",
    "08006, 20",
    "25P03, 20",
    "53100, 0",
    "22P02, 0",
    "42P01, 0"
  })
  void theSameIsTriedAgainOnlyWhereItMayPass(String state, int tries) {
    assertEquals(tries, SqlStates.tries(new SQLException("", state)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          22P02 | a value cannot be converted (SQLSTATE 22P02)
          P0001 | a function or trigger raised an error (SQLSTATE P0001)
          42P01 | secret [table b] (SQLSTATE 42P01)
          """)
  void wordsHoldNoValueAndNameTheObject(String state, String words) {
    String table = state.startsWith("42") ? "tb\0" : "";
    PSQLException error =
        new PSQLException(
            new ServerErrorMessage("SERROR\0C" + state + "\0Msecret\0Dsecret\0" + table));

    assertEquals(words, SqlStates.describe(error));
  }

  @Test
  void whyADatabaseCannotBeReachedIsToldWithoutSayingWhereItIs() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    assertEquals(
        "the database cannot be reached (connection refused)",
        unreachable("127.0.0.1:" + free + "/secret"));
    assertEquals(
        "the database cannot be reached (unknown host)", unreachable("nowhere.invalid/secret"));
  }

  private static String unreachable(String where) {
    return SqlStates.describe(
        assertThrows(
            SQLException.class, () -> DriverManager.getConnection("jdbc:postgresql://" + where)));
  }
}
