package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.MoveProgress;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.progress.Progress;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class CopyTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private static final String DIFFERENCES =
      """
      SELECT count(*) FROM (SELECT id, upper(v) AS v, n::bigint FROM a) s
      FULL JOIN b t USING (id)
      WHERE s.v IS DISTINCT FROM t.v OR s.n IS DISTINCT FROM t.n""";

  @Test
  void aLaneAndATailCopyATableThatIsWritten() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text, n int);
        CREATE TABLE b (id bigint PRIMARY KEY, v text, n bigint);
        INSERT INTO a SELECT i, 'v' || i, i % 7 FROM generate_series(1, 250000) i;
        ANALYZE a""");
    CopyEngine engine =
        CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").column("v", "upper(v)").plan(1));
    postgres.run("UPDATE a SET v = 'changed' WHERE id % 1000 = 0");

    LaneResult result = engine.lane();
    postgres.run(
        """
        UPDATE a SET v = 'later', n = 8 WHERE id % 500 = 0;
        DELETE FROM a WHERE id % 700 = 0;
        INSERT INTO a VALUES (-1, 'first', 1), (290000, 'last', 2);
        UPDATE a SET id = id + 300000 WHERE id % 900 = 0""");
    engine.round();

    assertEquals(Outcome.DONE, result.outcome());
    assertEquals(250_000, result.rows());
    assertEquals("2", Fixture.value(postgres, "SELECT count(*) FROM kedge.range"));
    assertEquals("0", Fixture.value(postgres, DIFFERENCES));
  }

  @Test
  void progressIsReadFromTheLedger() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text, n int);
        CREATE TABLE b (id bigint PRIMARY KEY, v text, n bigint);
        INSERT INTO a SELECT i, 'v' || i, i % 7 FROM generate_series(1, 3000) i;
        ANALYZE a""");
    CopyEngine engine = CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").plan(1));
    engine.lane();
    engine.round();
    postgres.run("UPDATE a SET n = 1 WHERE id <= 12");

    MoveProgress progress =
        Progress.sample(engine.database(), engine.scope(), engine.ledger().migration(), null);

    assertEquals("public.a", progress.from());
    assertEquals(3000L, progress.rowsDone());
    assertEquals(3000L, progress.rowsTotal());
    assertEquals(12L, progress.capturedKeys());
    assertTrue(progress.finishedAt() != null);
  }

  @Test
  void keysOfAnyTypeAndCollationAreWalked() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (k text COLLATE "C", d numeric, v int, PRIMARY KEY (k, d));
        CREATE TABLE b (k text COLLATE "C", d numeric, v int, PRIMARY KEY (k, d));
        INSERT INTO a SELECT chr(65 + i % 58), i / 7.0, i FROM generate_series(1, 60000) i;
        INSERT INTO a VALUES ('''"\\', 'NaN', 1), ('', 'Infinity', 2), (',{}', -1.50, 3);
        ANALYZE a""");
    CopyEngine engine = CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").plan(1));
    engine.lane();
    postgres.run(
        """
        UPDATE a SET d = -1.5 WHERE d = -1.5;
        UPDATE a SET v = -v WHERE d < 100 OR d = 'NaN'""");
    engine.round();

    assertEquals(
        "0",
        Fixture.value(
            postgres,
            """
            SELECT count(*) FROM (SELECT k, d::text, v FROM a) s
            FULL JOIN (SELECT k, d::text, v FROM b) t USING (k, d, v)
            WHERE s.k IS NULL OR t.k IS NULL"""));
  }
}
