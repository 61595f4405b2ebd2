package dev.kedge.synchronous;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.cutover.SyncMove;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the application's own transactions write into the target, and that they never fail. */
final class SyncTriggerTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  SyncTriggerTest() {}

  @BeforeEach
  void tables() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text, n int);
        CREATE TABLE b (id bigint PRIMARY KEY, v text, n bigint);
        INSERT INTO a SELECT i, 'v' || i, i FROM generate_series(1, 20) i""");
  }

  @Test
  void everyKindOfStatementIsInTheTargetBeforeItCommits() throws SQLException {
    SyncMove.flipped(
        postgres,
        CopyMove.of(postgres, "a", "b")
            .column("n", "n::bigint * 100")
            .where("n > 0")
            .synchronous()
            .plan(1));
    for (String level : List.of("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")) {
      try (Connection application = begin(level)) {
        for (String statement :
            List.of(
                "INSERT INTO a VALUES (101, 'new', 1), (102, 'hidden', -1), (103, 'new', 2)",
                "UPDATE a SET v = v || '!' WHERE id < 5",
                "UPDATE a SET id = id + 1000 WHERE id BETWEEN 3 AND 8",
                "UPDATE a SET n = -n WHERE id IN (1, 102)",
                "DELETE FROM a WHERE id IN (2, 103)",
                "INSERT INTO a VALUES (101, 'again', 7), (104, 'more', 8)"
                    + " ON CONFLICT (id) DO UPDATE SET v = EXCLUDED.v, n = EXCLUDED.n",
                "MERGE INTO a USING (VALUES (101), (105), (11)) k (id) ON a.id = k.id"
                    + " WHEN MATCHED AND k.id = 11 THEN DELETE"
                    + " WHEN MATCHED THEN UPDATE SET n = 9"
                    + " WHEN NOT MATCHED THEN INSERT VALUES (k.id, 'merged', 10)",
                "SAVEPOINT s; DELETE FROM a WHERE id = 15; ROLLBACK TO s",
                "SET LOCAL session_replication_role = replica; UPDATE a SET v = 'r' WHERE id = 16;"
                    + " SET LOCAL session_replication_role = origin",
                "DELETE FROM a WHERE id = 17; INSERT INTO a VALUES (17, 'back', 3)",
                "UPDATE a SET v = v WHERE false",
                "TRUNCATE a",
                "INSERT INTO a VALUES (1, 'after', 1)")) {
          new Sql(application).execute(statement);
          assertEquals("", difference(application), level + ": " + statement);
        }
        application.rollback();
      }
    }
  }

  @Test
  void itIsTheSameForEveryRoleAndSession() throws SQLException {
    postgres.run(
        """
        CREATE TABLE s (id int PRIMARY KEY, at timestamptz, i interval, t text);
        CREATE TABLE t (id int PRIMARY KEY, d date, i text, t text);
        INSERT INTO s VALUES (1, '2024-01-01 23:30Z', '1 day 2 hours', 'a\\b');
        DROP ROLE IF EXISTS plain;
        CREATE ROLE plain LOGIN;
        GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON s TO plain""");
    SyncMove.flipped(
        postgres,
        CopyMove.of(postgres, "s", "t")
            .column("d", "at::date")
            .column("i", "i::text")
            .column("t", "replace(t, E'\\\\', '\\')")
            .synchronous()
            .plan(1));
    try (Connection application = postgres.connectAs("plain")) {
      Sql sql = new Sql(application);
      sql.execute(
          "SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'ISO, DMY'; SET search_path = '';"
              + " SET IntervalStyle = 'iso_8601'; SET standard_conforming_strings = off");
      sql.execute("INSERT INTO public.s VALUES (2, '2024-06-01 01:00+09', '1 day 2 hours', 'x')");
      sql.execute("UPDATE public.s SET at = '2024-06-02 01:00+09', t = 'c' WHERE id = 1");
      assertEquals(
          "Asia/Tokyo  iso_8601",
          sql.one(
              "SELECT concat_ws(' ', current_setting('TimeZone'),"
                  + " coalesce(current_setting('kedge.applier', true), ''),"
                  + " current_setting('IntervalStyle'))",
              row -> row.getString(1)));
    }

    assertEquals(
        "1 2024-06-01 1 day 02:00:00 c,2 2024-05-31 1 day 02:00:00 x",
        Fixture.value(
            postgres, "SELECT string_agg(concat_ws(' ', id, d, i, t), ',' ORDER BY id) FROM t"));
    postgres.run("DROP OWNED BY plain; DROP ROLE plain");
  }

  @Test
  void aCastThatFailsOnOneRowLeavesTheWriteAndIsFoundByName() throws SQLException {
    SyncMove sync =
        SyncMove.flipped(
            postgres,
            CopyMove.of(postgres, "a", "b")
                .column("n", "substr(v, 2)::bigint")
                .synchronous()
                .plan(1));

    postgres.run("UPDATE a SET v = CASE id WHEN 7 THEN 'none' ELSE 'v1' || id END");
    assertEquals("none", Fixture.value(postgres, "SELECT v FROM a WHERE id = 7"));
    sync.look();
    sync.look();

    assertEquals(
        "12", Fixture.value(postgres, "SELECT n FROM b WHERE id = 2"), "converged beside it");
    assertEquals(
        "{7} notComparable open",
        Fixture.value(
            postgres,
            "SELECT concat_ws(' ', key::text, kind, CASE WHEN closed_at IS NULL THEN 'open' END)"
                + " FROM kedge.finding"));
    postgres.run("UPDATE a SET v = 'v77' WHERE id = 7");
    sync.look();
    assertEquals("77", Fixture.value(postgres, "SELECT n FROM b WHERE id = 7"));
    assertEquals(
        "0 0",
        Fixture.value(
            postgres,
            "SELECT concat_ws(' ', (SELECT count(*) FROM kedge.straggler),"
                + " (SELECT count(*) FROM kedge.finding WHERE closed_at IS NULL))"));
  }

  @Test
  void aRowTheTargetRefusesLeavesTheWriteAndIsFoundByName() throws SQLException {
    postgres.run("ALTER TABLE b ALTER v SET NOT NULL, ADD CHECK (n < 1000)");
    SyncMove sync = SyncMove.flipped(postgres, plan());

    postgres.run("UPDATE a SET v = NULL WHERE id = 1; UPDATE a SET n = 1001 WHERE id = 2");
    postgres.run("UPDATE a SET v = 'fine' WHERE id = 3");
    sync.look();

    assertEquals("fine", Fixture.value(postgres, "SELECT v FROM b WHERE id = 3"));
    assertEquals(
        "{1} 23502,{2} 23514",
        Fixture.value(
            postgres,
            "SELECT string_agg(concat_ws(' ', key, sqlstate), ',' ORDER BY key)"
                + " FROM kedge.straggler"));
    assertEquals(
        "2", Fixture.value(postgres, "SELECT count(*) FROM kedge.finding WHERE closed_at IS NULL"));
  }

  @Test
  void valuesThatAreSwappedInOneStatementAreSwapped() throws SQLException {
    postgres.run(
        """
        ALTER TABLE a ADD UNIQUE (n) DEFERRABLE INITIALLY IMMEDIATE;
        ALTER TABLE b ADD UNIQUE (n)""");
    SyncMove.flipped(postgres, plan());

    try (Connection application = begin("READ COMMITTED")) {
      new Sql(application).execute("UPDATE a SET n = 21 - n, v = 'swapped'");
      assertEquals("", difference(application, "n"));
    }
  }

  @Test
  void valuesThatAreSwappedByTwoStatementsAreSwappedAfterwards() throws SQLException {
    postgres.run(
        """
        ALTER TABLE a ADD UNIQUE (n) DEFERRABLE INITIALLY DEFERRED;
        ALTER TABLE b ADD UNIQUE (n)""");
    SyncMove sync = SyncMove.flipped(postgres, plan());

    postgres.run("BEGIN; UPDATE a SET n = 2 WHERE id = 1; UPDATE a SET n = 1 WHERE id = 2; COMMIT");
    sync.look();
    sync.look();

    assertEquals("", difference("n"));
    assertEquals("0", Fixture.value(postgres, "SELECT count(*) FROM kedge.straggler"));
  }

  @Test
  void aConstraintOfTheTargetThatIsDeferredDoesNotFailACommit() throws SQLException {
    postgres.run("ALTER TABLE b ADD UNIQUE (n) DEFERRABLE INITIALLY DEFERRED");
    SyncMove sync = SyncMove.flipped(postgres, plan());

    postgres.run("BEGIN; SET CONSTRAINTS ALL DEFERRED; UPDATE a SET n = 2 WHERE id = 1; COMMIT");
    sync.look();

    assertEquals("2", Fixture.value(postgres, "SELECT n FROM a WHERE id = 1"));
    assertEquals(
        "{1} 23505",
        Fixture.value(postgres, "SELECT concat_ws(' ', key, sqlstate) FROM kedge.straggler"));
  }

  @Test
  void triggersOfTheTableMayWriteToItAgain() throws SQLException {
    postgres.run(
        """
        CREATE FUNCTION public.again() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'DELETE' THEN
            INSERT INTO public.a VALUES (OLD.id, 'kept', OLD.n + 1);
          ELSIF NEW.v NOT LIKE '%.' THEN
            UPDATE public.a SET v = NEW.v || '.' WHERE id = NEW.id;
            UPDATE public.a SET v = 'near.' WHERE id = NEW.id + 1;
          END IF;
          RETURN NULL;
        END $$;
        CREATE TRIGGER again AFTER INSERT OR UPDATE OR DELETE ON a
        FOR EACH ROW EXECUTE FUNCTION again()""");
    SyncMove.flipped(postgres, plan());

    for (String statement :
        List.of(
            "UPDATE a SET v = 'u' WHERE id IN (1, 3)",
            "INSERT INTO a VALUES (50, 'i', 1), (51, 'i', 1)",
            "DELETE FROM a WHERE id IN (5, 51)",
            "UPDATE a SET id = 60 WHERE id = 7")) {
      postgres.run(statement);
      assertEquals("", difference("n"), statement);
    }
  }

  @Test
  void aCascadeIntoTheSourceIsFollowed() throws SQLException {
    postgres.run(
        """
        CREATE TABLE parent (id int PRIMARY KEY);
        INSERT INTO parent SELECT generate_series(1, 20);
        ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE""");
    SyncMove.flipped(postgres, plan());

    postgres.run("DELETE FROM parent WHERE id IN (2, 4); UPDATE parent SET id = 30 WHERE id = 3");

    assertEquals("", difference("n"));
    postgres.run("TRUNCATE parent CASCADE");
    assertEquals("0", Fixture.value(postgres, "SELECT count(*) FROM b"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"REPEATABLE READ", "SERIALIZABLE"})
  void whatAnotherTransactionDeletedSinceMayComeBack(String level) throws SQLException {
    SyncMove sync = SyncMove.flipped(postgres, plan());
    sync.untilSettled();
    for (String row : List.of("(5, 'v5', 5)", "(6, 'other', 66)")) {
      try (Connection application = begin(level)) {
        Sql sql = new Sql(application);
        sql.first("SELECT count(*) FROM a, b", ignored -> "");
        String id = row.substring(1, 2);
        postgres.run("DELETE FROM a WHERE id = " + id);
        sql.execute("INSERT INTO a VALUES " + row);
        sql.execute("UPDATE a SET v = 'x' WHERE id = 9");
        if (row.contains("other")) {
          sql.execute("UPDATE a SET v = 'own', n = 7 WHERE id = 6 AND v = 'other'");
          sql.execute("DELETE FROM a WHERE id = 6 AND v = 'own'");
          sql.execute("INSERT INTO a VALUES (6, 'last', 8)");
        }
        application.commit();
      }
      assertEquals("", difference("n"), row);
    }
  }

  @Test
  void aSerializationFailureInsideATriggerLeavesTheWriteAndTheRowToTheTail() throws SQLException {
    postgres.run("INSERT INTO a SELECT i, 'v', i FROM generate_series(1000, 40000) i; ANALYZE a");
    SyncMove sync = SyncMove.flipped(postgres, plan());
    postgres.run("ANALYZE b");
    sync.untilSettled();
    String byIndex = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off";
    try (Connection reader = begin("SERIALIZABLE");
        Connection writer = begin("SERIALIZABLE")) {
      new Sql(reader).execute(byIndex + "; SELECT n FROM b WHERE id = 1");
      new Sql(writer).execute(byIndex + "; SELECT n FROM a WHERE id = 39000");
      try (Connection between = begin("SERIALIZABLE")) {
        new Sql(between).execute(byIndex + "; UPDATE a SET n = -5 WHERE id = 39000");
        between.commit();
      }
      new Sql(writer).execute("UPDATE a SET n = -1 WHERE id = 1");
      writer.commit();
      reader.commit();
    }
    assertEquals("1 v1 v1 -1 1", difference("n"));

    sync.look();

    assertEquals("", difference("n"));
  }

  @Test
  void whoeverHoldsARowOfTheTargetHoldsUpNobody() throws Exception {
    SyncMove sync = SyncMove.flipped(postgres, plan());
    try (Connection reader = begin("READ COMMITTED")) {
      new Sql(reader).first("SELECT FROM b WHERE id = 3 FOR UPDATE", row -> "");
      long began = System.nanoTime();
      postgres.run("UPDATE a SET v = 'passes' WHERE id IN (3, 4)");
      long millis = (System.nanoTime() - began) / 1_000_000;
      assertTrue(millis < 900, "waited " + millis);
      sync.look();
      assertEquals("passes", Fixture.value(postgres, "SELECT v FROM b WHERE id = 4"));
    }

    sync.look();

    assertEquals("", difference("n"));
  }

  @Test
  void aStatementCostsOneSubtransactionHoweverManyRowsItHas() throws SQLException {
    SyncMove.flipped(postgres, plan());
    postgres.run("INSERT INTO a SELECT i, 'v', i FROM generate_series(1000, 1010) i");
    for (String statement :
        List.of(
            "INSERT INTO a SELECT i, 'v', i FROM generate_series(2000, 101999) i",
            "UPDATE a SET v = v || 'u' WHERE id >= 2000",
            "DELETE FROM a WHERE id >= 2000",
            "UPDATE a SET v = 'one' WHERE id = 5")) {
      long before = nextXid();
      postgres.run(statement);
      // Itself, its subtransaction, who asks, and whatever else the server does meanwhile.
      long spent = nextXid() - before;
      assertTrue(spent <= 200, statement + ": " + spent);
      assertEquals("", difference("n"), statement);
    }
  }

  @Test
  void nothingIsTrappedThatCancels() throws Exception {
    postgres.run("CREATE TABLE public.holding (id int)");
    postgres.run(
        """
        CREATE FUNCTION public.slow(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
        BEGIN
          IF v = 'slow' THEN
            PERFORM pg_sleep(30);
          END IF;
          RETURN v;
        END $$""");
    SyncMove.flipped(
        postgres,
        CopyMove.of(postgres, "a", "b").column("v", "public.slow(v)").synchronous().plan(1));
    try (Connection application = postgres.connect()) {
      application.createStatement().execute("SET application_name = 'cancelled'");
      Concurrently<String> write =
          Concurrently.start(
              () -> {
                try {
                  new Sql(application).execute("UPDATE a SET v = 'slow' WHERE id = 1");
                  return "";
                } catch (SQLException e) {
                  return e.getSQLState();
                }
              });
      Concurrently.until(
          postgres,
          "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'cancelled'"
              + " AND wait_event = 'PgSleep')");
      postgres.run(
          "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
              + " WHERE application_name = 'cancelled'");
      assertEquals("57014", write.result());
    }
  }

  private dev.kedge.plan.MovePlan plan() throws SQLException {
    return CopyMove.of(postgres, "a", "b").synchronous().plan(1);
  }

  private long nextXid() throws SQLException {
    return Long.parseLong(
        Fixture.value(postgres, "SELECT pg_snapshot_xmax(pg_current_snapshot())"));
  }

  private Connection begin(String level) throws SQLException {
    Connection connection = postgres.connect();
    connection.setAutoCommit(false);
    new Sql(connection).execute("SET TRANSACTION ISOLATION LEVEL " + level);
    return connection;
  }

  // By hand, not by our projection.
  private static final String DIFFERENCE =
      """
      SELECT coalesce(string_agg(concat_ws(' ', id, av, bv, an, bn), ', '), '')
      FROM (SELECT id::bigint AS id, v AS av, %1$s AS an FROM a WHERE %2$s) x
      FULL JOIN (SELECT id, v AS bv, n AS bn FROM b) y USING (id)
      WHERE av IS DISTINCT FROM bv OR an IS DISTINCT FROM bn""";

  private static String difference(Connection connection) throws SQLException {
    return new Sql(connection)
        .one(DIFFERENCE.formatted("n::bigint * 100", "n > 0"), row -> row.getString(1));
  }

  private static String difference(Connection connection, String n) throws SQLException {
    return new Sql(connection).one(DIFFERENCE.formatted(n, "true"), row -> row.getString(1));
  }

  private String difference(String n) throws SQLException {
    return Fixture.value(postgres, DIFFERENCE.formatted(n, "true"));
  }
}
