package dev.kedge.embedded.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.activity.Payloads;
import dev.kedge.console.TemporalConnection;
import dev.kedge.console.TemporalOptions;
import dev.kedge.embedded.EmbeddedTemporal;
import dev.kedge.starter.KedgeCommand;
import dev.kedge.worker.DatabaseConfig;
import dev.kedge.worker.KedgeWorker;
import dev.kedge.worker.WorkerSettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** {@code kedge verify SPEC}: two tables of one database that no migration works on. */
@Execution(ExecutionMode.CONCURRENT)
final class VerifySpecTest {
  private static final int ROWS = 20_000;
  private static final String SPEC =
      """
      kedge: 1
      migration: sales
      database: app
      moves:
        - from: orders
          to: sales
          columns: { cents: (amount * 100)::bigint }
      """;

  @TempDir private Path directory;
  private TestDatabase database;
  private EmbeddedTemporal temporal;
  private TemporalConnection connection;
  private KedgeWorker worker;

  @BeforeEach
  void start() throws SQLException {
    database = TestDatabase.create();
    // As somebody's own job has left them, with all that a copy would be refused for.
    database.run(
        """
        CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric(10,2), note text);
        CREATE TABLE sales (id bigint PRIMARY KEY, cents bigint, note text, by text NOT NULL);
        CREATE TABLE audit (sale bigint REFERENCES sales ON DELETE CASCADE);
        CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.by := ''job''; RETURN NEW; END';
        CREATE TRIGGER stamp BEFORE INSERT ON sales FOR EACH ROW EXECUTE FUNCTION stamp();
        INSERT INTO orders SELECT i, i / 100.0, 'n' || i FROM generate_series(1, %d) i;
        INSERT INTO sales SELECT id, amount * 100, note, '' FROM orders;
        ANALYZE"""
            .formatted(ROWS));
    temporal = EmbeddedTemporal.start(0);
    connection =
        TemporalConnection.forWorker(
            new TemporalOptions(temporal.target(), "default", null), "verify");
    List<DatabaseConfig> databases = List.of(DatabaseConfig.of("app", database.url()));
    worker =
        KedgeWorker.start(
            connection,
            WorkerSettings.open(databases, Map.of()),
            WorkerSettings.everything(databases));
  }

  @AfterEach
  void stop() {
    worker.close();
    connection.close();
    temporal.close();
  }

  @Test
  void differencesAreListedByKeyWithExitThreeAndNothingIsLeftBehind() throws Exception {
    List<String> before = CatalogDigest.of(database);
    Typed equal = kedge(SPEC, "-o", "json");
    assertEquals(0, equal.exit(), equal.err());
    assertEquals(ROWS, json(equal).path("comparedRows").asLong());

    database.run(
        """
        UPDATE sales SET cents = cents + 1, note = 'secret' WHERE id = 17;
        DELETE FROM sales WHERE id = 18;
        INSERT INTO sales VALUES (-1, 0, 'secret', '')""");
    Typed differing = kedge(SPEC, "-o", "json");

    assertEquals(3, differing.exit(), differing.err());
    JsonNode found = json(differing);
    assertEquals("kedge.reconciliation/1", found.path("form").asText());
    assertEquals(3, found.path("differences").asLong());
    assertEquals(
        List.of("-1 extra", "17 different", "18 missing"),
        StreamSupport.stream(found.path("examples").spliterator(), false)
            .map(each -> each.path("key").asText() + " " + each.path("kind").asText())
            .sorted()
            .toList());
    assertFalse((differing.out() + differing.err()).contains("secret"));
    assertEquals(List.of(), CatalogDigest.difference(before, CatalogDigest.of(database)));
    assertEquals(
        0, database.number("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'kedge%'"));

    Typed sampled = kedge(SPEC, "--sample", "10%", "-o", "json");
    JsonNode sample = json(sampled);
    assertEquals(10.0, sample.path("sample").asDouble());
    assertTrue(sample.path("comparedRows").asLong() < ROWS / 2, sampled.out());
    assertTrue(sampled.err().contains("nothing is proven"), sampled.err());
  }

  @Test
  void writesThatGoOnAreNoDifferences() throws Exception {
    AtomicBoolean stopped = new AtomicBoolean();
    Thread application = new Thread(() -> writeBoth(stopped), "application");
    application.setDaemon(true);
    application.start();
    try {
      Await.until(
          "writes", () -> database.number("SELECT count(*) FROM orders WHERE note = 'w'") > 5);
      Typed typed = kedge(SPEC);
      assertEquals(0, typed.exit(), typed.err());
      assertTrue(typed.out().contains(" 0 differences"), typed.out());
    } finally {
      stopped.set(true);
      application.join();
    }
  }

  @Test
  void whatCannotBeComparedIsRefusedByName() throws Exception {
    refused(
        SPEC.replace("to: sales", "to: nowhere"),
        "error[KD2101]: public.nowhere: there is no such table, so there is nothing to compare");
    refused(
        SPEC.replace("to: sales", "to: { database: other, table: sales }"),
        "this release has no copy to another database");
    refused(
        SPEC.replace("columns: {", "columns: { nothing: note,"),
        "error[KD2101]: public.sales.nothing: there is no such column");
  }

  @Test
  void aTargetWithoutAKeyIsComparedAsAMultiset() throws Exception {
    database.run("ALTER TABLE sales DROP CONSTRAINT sales_pkey CASCADE");
    Typed equal = kedge(SPEC);
    assertEquals(0, equal.exit(), equal.err());
    database.run("INSERT INTO sales SELECT * FROM sales WHERE id = 17");

    Typed doubled = kedge(SPEC, "-o", "json");

    assertEquals(3, doubled.exit(), doubled.err());
    JsonNode found = json(doubled);
    assertEquals(1, found.path("extra").asLong());
    assertEquals(1, found.path("differences").asLong());
    assertTrue(
        found.at("/examples/0/key").asText().contains("there 2 times instead of 1"), doubled.out());
  }

  private void refused(String spec, String why) throws Exception {
    Typed typed = kedge(spec);
    assertEquals(2, typed.exit(), typed.err());
    assertTrue(typed.err().contains(why), typed.err());
    assertEquals("", typed.out());
  }

  // One after the other, each in its own transaction, as somebody's own job does.
  private void writeBoth(AtomicBoolean stopped) {
    try (Connection own = database.connect();
        Statement statement = own.createStatement()) {
      for (int i = 0; !stopped.get(); i = (i + 7) % ROWS) {
        statement.execute(
            "UPDATE orders SET amount = amount + 1, note = 'w' WHERE id = " + (i + 1));
        statement.execute("UPDATE sales SET cents = cents + 100, note = 'w' WHERE id = " + (i + 1));
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private record Typed(int exit, String out, String err) {}

  private Typed kedge(String spec, String... more) throws Exception {
    Path file = Files.writeString(directory.resolve("sales.yaml"), spec);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> line = new ArrayList<>(List.of("verify", file.toString()));
    line.addAll(List.of(more));
    line.addAll(List.of("--address", temporal.target()));
    int exit =
        KedgeCommand.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(line.toArray(String[]::new));
    return new Typed(exit, out.toString(), err.toString());
  }

  private static JsonNode json(Typed typed) throws Exception {
    return Payloads.mapper().readTree(typed.out());
  }
}
