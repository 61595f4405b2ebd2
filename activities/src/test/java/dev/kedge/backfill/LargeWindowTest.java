package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One statement of the application may capture more keys than a worker should ever hold. */
final class LargeWindowTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;

  @BeforeEach
  void tables() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int, part text, v text, n int UNIQUE DEFERRABLE, PRIMARY KEY (part, id));
        CREATE TABLE b (id int, part text, v text, n int UNIQUE, PRIMARY KEY (part, id));
        INSERT INTO a SELECT i, 'p' || i % 3, 'v', i FROM generate_series(1, 60000) i""");
    engine = CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").plan(1));
  }

  @Test
  void itsKeysStayOnTheServer() throws SQLException {
    engine.lane();
    engine.round();
    postgres.run(
        """
        BEGIN;
        UPDATE a SET v = 'w', n = 60001 - n;
        DELETE FROM a WHERE id % 100 = 0;
        INSERT INTO a SELECT i, 'p3', 'new', i FROM generate_series(70001, 72000) i;
        UPDATE a SET part = 'p9' WHERE id % 1000 = 7;
        COMMIT""");
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();

    TailRound.Done done = engine.round();

    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertEquals(62_062, done.keys());
    // The first ten thousand come here once, before it is clear that there are more.
    assertTrue(allocated < 24L << 20, allocated + " bytes for " + done.keys() + " keys");
    assertSame();
  }

  @Test
  void ofRangesThatJoinAndThatAreThereAllKeysCount() throws SQLException {
    engine.lane();
    postgres.run("UPDATE a SET v = 'before' WHERE id % 2 = 0");
    engine.round();
    postgres.run("UPDATE a SET v = 'after' WHERE id % 3 > 0; TRUNCATE a");
    postgres.run("INSERT INTO a SELECT i, 'p', 'again', i FROM generate_series(1, 15000) i");

    engine.round();

    assertSame();
  }

  private void assertSame() throws SQLException {
    assertEquals(
        "0",
        Fixture.value(
            postgres,
            """
            SELECT count(*) FROM (
              (SELECT * FROM a EXCEPT SELECT * FROM b) UNION ALL (SELECT * FROM b EXCEPT SELECT * FROM a)
            ) d"""));
  }
}
