package dev.kedge.schema;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Failures;
import dev.kedge.activity.Scope;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CutProxy;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.registry.RegisteredMigration;
import io.temporal.failure.ApplicationFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class DdlRunnerTest {
  private static final String BLOCKER = "s waits for pid \\d+ \\(reporting, \\d+ s\\)";

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private final DdlRunner runner = new DdlRunner();
  private Scope scope = new Scope("m", "app", 1);

  @BeforeEach
  void tables() throws SQLException {
    scope = RegisteredMigration.register(postgres, "m");
    postgres.run(
        "CREATE TABLE public.t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 7), (2, 7)");
  }

  @Test
  void aStatementRunTwiceIsDoneOnce() throws SQLException {
    assertTrue(run("s", "ALTER TABLE t ADD COLUMN c int"));
    assertFalse(run("s", "ALTER TABLE t ADD COLUMN c int"));
    assertEquals("done", text("SELECT state FROM kedge.step WHERE step = 's'"));
  }

  @Test
  void workAndItsMarkCommitTogether() throws SQLException {
    assertThrows(
        SQLException.class,
        () ->
            runner.run(
                postgres.database(),
                scope,
                "s",
                sql -> sql.update("INSERT INTO public.t VALUES (1, 1)")));
    assertEquals("0", text("SELECT count(*) FROM kedge.step"));
    assertTrue(
        runner.run(
            postgres.database(),
            scope,
            "s",
            sql -> sql.update("INSERT INTO public.t VALUES (9, 1)")));
    assertFalse(
        runner.run(
            postgres.database(),
            scope,
            "s",
            sql -> sql.update("INSERT INTO public.t VALUES (9, 1)")));
  }

  @Test
  void readersNeverWaitLongerThanTheLockTimeoutAndTheBlockerIsNamed() throws Exception {
    try (Connection reader = postgres.connect()) {
      Sql held = hold(reader, "SELECT 'secret-value', v FROM t");
      CompletableFuture<Boolean> ddl = inBackground("s", "ALTER TABLE t ADD COLUMN c int");

      long longest = 0;
      long reads = 0;
      // A busy machine may look too late at an attempt, and says so; the next one is looked at
      // again.
      while (reads < 50 || !text("SELECT coalesce(blocked, '') FROM kedge.move").matches(BLOCKER)) {
        long begun = System.nanoTime();
        postgres.run("SELECT * FROM t");
        longest = Math.max(longest, System.nanoTime() - begun);
        reads++;
      }

      assertTrue(longest < 1_000_000_000L, "a reader waited " + longest / 1_000_000 + " ms");
      held.execute("COMMIT");
      assertTrue(ddl.get());
      assertEquals("-", text("SELECT coalesce(blocked, '-') FROM kedge.move"));
    }
  }

  @Test
  void lockTimeoutIsHalfOfAShortDeadlockTimeout() throws SQLException {
    postgres.run(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = ''80ms''', current_database()); END $$");
    try (Databases later = new Databases().add("app", postgres.jdbcUrl(), new Properties(), 4)) {
      runner.run(
          later.get("app"),
          scope,
          "s",
          sql -> {
            assertEquals("40ms", sql.one("SHOW lock_timeout", row -> row.getString(1)));
            return "";
          });
    }
  }

  @Test
  void aSupersededCallerChangesNothing() throws SQLException {
    RegisteredMigration.bump(postgres, scope);
    assertFenced(() -> run("s", "ALTER TABLE t ADD COLUMN c int"));
    assertFenced(() -> run("s", "CREATE INDEX CONCURRENTLY i ON t (v)"));
    assertEquals(
        "2",
        text("SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0"));
    assertEquals("0", text("SELECT count(*) FROM pg_class WHERE relname = 'i'"));
  }

  @Test
  void aConcurrentIndexIsBuiltAndMarkedOnce() throws SQLException {
    assertTrue(run("s", "CREATE INDEX CONCURRENTLY i ON t (v)"));
    assertFalse(run("s", "CREATE INDEX CONCURRENTLY i ON t (v)"));
    assertEquals("t", text("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"));
  }

  @Test
  void anIndexThatCannotBeBuiltLeavesNothingBehind() throws SQLException {
    assertThrows(SQLException.class, () -> run("s", "CREATE UNIQUE INDEX CONCURRENTLY i ON t (v)"));
    assertEquals("0", text("SELECT count(*) FROM pg_class WHERE relname = 'i'"));
  }

  @Test
  void anInvalidLeftoverIsNeverTakenForDone() throws SQLException {
    postgres.run("INSERT INTO t VALUES (3, 8)");
    assertThrows(
        SQLException.class, () -> postgres.run("CREATE UNIQUE INDEX CONCURRENTLY \"I\" ON t (v)"));
    assertEquals("f", text("SELECT indisvalid FROM pg_index WHERE indexrelid = '\"I\"'::regclass"));
    postgres.run("DELETE FROM t WHERE id = 2");

    assertTrue(run("s", "create unique index concurrently if not exists \"I\" on public.t (v)"));
    assertEquals("t", text("SELECT indisvalid FROM pg_index WHERE indexrelid = '\"I\"'::regclass"));
  }

  @Test
  void anIndexBuiltBeforeTheMarkWasLostIsTakenForDone() throws SQLException {
    run("s", "CREATE INDEX CONCURRENTLY i ON t (v)");
    String built = text("SELECT 'i'::regclass::oid");
    postgres.run("UPDATE kedge.step SET state = 'open', detail = 'begun outside a transaction'");
    assertTrue(run("s", "CREATE INDEX CONCURRENTLY i ON t (v)"));
    assertEquals(built, text("SELECT 'i'::regclass::oid"));
  }

  @Test
  void anIndexOfSomebodyElseIsNotTakenForOurs() throws SQLException {
    postgres.run("CREATE INDEX i ON t (id)");
    assertThrows(SQLException.class, () -> run("s", "CREATE INDEX CONCURRENTLY i ON t (v)"));
    assertEquals("1", text("SELECT count(*) FROM pg_class WHERE relname = 'i'"));
  }

  @Test
  void whoWasSupersededDoesNotTakeAnIndexAwayThatIsMarked() throws Exception {
    try (CutProxy proxy = CutProxy.before(postgres.jdbcUrl());
        Databases behind = new Databases().add("app", proxy.jdbcUrl(), new Properties(), 4)) {
      CutProxy.Held frozen = proxy.hold(answer -> answer.is("kedge:m:ddl", "CREATE INDEX"));
      Scope before = scope;
      Concurrently<Boolean> zombie =
          Concurrently.start(
              () ->
                  runner.run(
                      behind.get("app"), before, "s", "CREATE INDEX CONCURRENTLY i ON t (v)"));
      frozen.await();
      scope = RegisteredMigration.bump(postgres, scope);
      assertTrue(run("s", "CREATE INDEX CONCURRENTLY i ON t (v)"));
      frozen.release();

      assertFenced(zombie::result);
      assertEquals("t", text("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"));
      assertEquals("done", text("SELECT state FROM kedge.step WHERE step = 's'"));
    }
  }

  @Test
  void anIndexWhoseBuildWasSupersededIsDroppedAgain() throws Exception {
    try (Connection writer = postgres.connect()) {
      Sql held = hold(writer, "UPDATE t SET v = 5 WHERE id = 1");
      CompletableFuture<Boolean> build = inBackground("s", "CREATE INDEX CONCURRENTLY i ON t (v)");
      awaitText("1", "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('i')");
      RegisteredMigration.bump(postgres, scope);
      held.execute("COMMIT");

      CompletionException thrown = assertThrows(CompletionException.class, build::join);
      assertEquals(Failures.FENCED, ((ApplicationFailure) thrown.getCause()).getType());
      assertEquals("0", text("SELECT count(*) FROM pg_class WHERE relname = 'i'"));
    }
  }

  private Sql hold(Connection connection, String statement) throws SQLException {
    Sql sql = new Sql(connection);
    sql.execute("SET application_name = 'reporting'; BEGIN; " + statement);
    return sql;
  }

  private boolean run(String step, String statement) throws SQLException {
    return runner.run(postgres.database(), scope, step, statement);
  }

  private CompletableFuture<Boolean> inBackground(String step, String statement) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return run(step, statement);
          } catch (SQLException e) {
            throw new CompletionException(e);
          }
        });
  }

  private static void assertFenced(org.junit.jupiter.api.function.Executable work) {
    assertEquals(Failures.FENCED, assertThrows(ApplicationFailure.class, work).getType());
  }

  private void awaitText(String expected, String query) {
    await().until(() -> text(query).equals(expected));
  }

  private String text(String query) throws SQLException {
    try (Connection connection = postgres.connect()) {
      return new Sql(connection).one(query, row -> row.getString(1));
    }
  }
}
