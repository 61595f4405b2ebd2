package dev.kedge.embedded.postgres;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedPostgresTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final PostgresOptions QUICK = PostgresOptions.temporary().durable(false);

  @Test
  void answersSqlWithTheSettingsAMigrationNeeds() throws SQLException {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(QUICK)) {
      assertEquals("kedge", Sql.ask(postgres, "SELECT current_user"));
      assertEquals("logical", Sql.ask(postgres, "SHOW wal_level"));
      assertEquals(
          "UTC",
          Sql.ask(postgres, "SELECT reset_val FROM pg_settings WHERE name = 'log_timezone'"));
      assertEquals("UTF8", Sql.ask(postgres, "SHOW server_encoding"));
      assertEquals("127.0.0.1", Sql.ask(postgres, "SHOW listen_addresses"));
      assertEquals("", Sql.ask(postgres, "SHOW unix_socket_directories"));
      assertEquals("off", Sql.ask(postgres, "SHOW fsync"));
      assertEquals("on", Sql.ask(postgres, "SHOW synchronous_commit"));
    }
  }

  @Test
  void writesDurablyUnlessToldOtherwise() throws SQLException {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(PostgresOptions.temporary())) {
      assertEquals("on", Sql.ask(postgres, "SHOW fsync"));
      assertEquals("on", Sql.ask(postgres, "SHOW full_page_writes"));
    }
  }

  @Test
  void takesSettingsOfTheCaller() throws SQLException {
    PostgresOptions options =
        QUICK
            .setting("shared_preload_libraries", "pg_stat_statements")
            .setting("log_line_prefix", "it's %m ");
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(options)) {
      Sql.run(postgres, "CREATE EXTENSION pg_stat_statements");
      assertEquals("it's %m ", Sql.ask(postgres, "SHOW log_line_prefix"));
    }
  }

  @Test
  void keepsDataOfAHomeBetweenRuns(@TempDir Path home) throws SQLException {
    PostgresOptions options = PostgresOptions.at(home.resolve("pg")).durable(false);
    int port;
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(options)) {
      port = postgres.port();
      Sql.run(postgres, "CREATE TABLE kept AS SELECT 42 AS answer");
      Sql.run(postgres, "SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    }
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(options)) {
      assertEquals("42", Sql.ask(postgres, "SELECT answer FROM kept"));
      assertEquals(port, postgres.port());
    }
  }

  @Test
  void removesTemporaryDataAndEndsWhenClosed() {
    EmbeddedPostgres postgres = EmbeddedPostgres.start(QUICK);
    postgres.close();
    postgres.close();
    assertFalse(Files.exists(postgres.dataDirectory().getParent()));
    assertTrue(ProcessHandle.of(postgres.pid()).isEmpty());
    assertThrows(EmbeddedPostgresException.class, postgres::restartImmediately);
  }

  @Test
  void closesOnAnInterruptedThreadToo() {
    EmbeddedPostgres postgres = EmbeddedPostgres.start(QUICK);
    Thread.currentThread().interrupt();
    postgres.close();
    assertTrue(Thread.interrupted());
    assertTrue(ProcessHandle.of(postgres.pid()).isEmpty());
  }

  @Test
  void leavesNothingBehindWhenItsJvmIsKilled() throws IOException, InterruptedException {
    ChildJvm child = ChildJvm.start("");
    assertTrue(ProcessHandle.of(child.postgresPid()).isPresent());
    child.kill();
    await().atMost(PATIENCE).until(() -> ProcessHandle.of(child.postgresPid()).isEmpty());
    await().atMost(PATIENCE).until(() -> !Files.exists(child.home()));
  }

  @Test
  void clearsAwayTemporaryDataOfLongAgo() throws IOException {
    Path abandoned = Files.createTempDirectory("kedge-postgres-");
    Path young = Files.createTempDirectory("kedge-postgres-");
    Files.createDirectories(abandoned.resolve("data/base"));
    Files.setLastModifiedTime(
        abandoned, FileTime.from(Instant.now().minus(Duration.ofMinutes(20))));
    EmbeddedPostgres.start(QUICK).close();
    assertFalse(Files.exists(abandoned));
    assertTrue(Files.deleteIfExists(young));
  }

  @Test
  void takesOverAHomeWhoseJvmWasKilled(@TempDir Path home)
      throws IOException, InterruptedException, SQLException {
    ChildJvm child = ChildJvm.start(home.toString());
    child.kill();
    try (EmbeddedPostgres postgres =
        EmbeddedPostgres.start(PostgresOptions.at(home).durable(false))) {
      assertNotEquals(child.postgresPid(), postgres.pid());
      assertEquals("1", Sql.ask(postgres, "SELECT 1"));
    }
  }

  @Test
  void refusesAHomeThatALivingJvmUses(@TempDir Path home) throws IOException, InterruptedException {
    PostgresOptions options = PostgresOptions.at(home).durable(false);
    ChildJvm child = ChildJvm.start(home.toString());
    assertRefused(options, "is in use");
    child.kill();
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(options)) {
      assertRefused(options, "is in use");
      assertTrue(ProcessHandle.of(postgres.pid()).isPresent());
    }
  }

  @Test
  void severalStartAtOnce() {
    List<CompletableFuture<EmbeddedPostgres>> starts =
        IntStream.range(0, 2)
            .mapToObj(i -> CompletableFuture.supplyAsync(() -> EmbeddedPostgres.start(QUICK)))
            .toList();
    List<EmbeddedPostgres> servers = starts.stream().map(CompletableFuture::join).toList();
    assertNotEquals(servers.get(0).port(), servers.get(1).port());
    servers.forEach(EmbeddedPostgres::close);
  }

  @Test
  void keepsCommittedRowsOverACrash() throws SQLException {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(QUICK)) {
      Sql.run(postgres, "CREATE TABLE kept AS SELECT generate_series(1, 1000)");
      int port = postgres.port();
      long pid = postgres.pid();
      postgres.restartImmediately();
      assertEquals("1000", Sql.ask(postgres, "SELECT count(*) FROM kept"));
      assertEquals(port, postgres.port());
      assertNotEquals(pid, postgres.pid());
    }
  }

  @Test
  void startsAgainAfterTheServerWasKilled() throws SQLException {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(QUICK)) {
      Sql.run(postgres, "CREATE TABLE kept AS SELECT generate_series(1, 1000)");
      Signals.send("KILL", postgres.pid());
      postgres.restartImmediately();
      assertEquals("1000", Sql.ask(postgres, "SELECT count(*) FROM kept"));
    }
  }

  @Test
  void saysThatAPortIsTaken() throws IOException {
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress(Ports.loopback(), 0));
      assertRefused(QUICK.port(taken.getLocalPort()), "is taken by another program");
    }
  }

  @Test
  void showsTheLogOfAServerThatDoesNotStart() {
    assertRefused(QUICK.setting("shared_preload_libraries", "no_such_library"), "no_such_library");
  }

  @Test
  void refusesDataOfAnotherMajorVersion(@TempDir Path home) throws IOException {
    PostgresOptions options = PostgresOptions.at(home).durable(false);
    EmbeddedPostgres.start(options).close();
    Files.writeString(home.resolve("data/PG_VERSION"), "9\n");
    assertRefused(options, "was made by PostgreSQL 9");
  }

  private static void assertRefused(PostgresOptions options, String words) {
    EmbeddedPostgresException refused =
        assertThrows(EmbeddedPostgresException.class, () -> EmbeddedPostgres.start(options));
    assertTrue(String.valueOf(refused.getMessage()).contains(words), refused.getMessage());
  }
}
