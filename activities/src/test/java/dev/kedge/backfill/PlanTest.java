package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.postgres.Await;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A chunk reads its own rows and no others, whatever the server believes of the table. */
final class PlanTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  /** What the server knows. */
  enum Statistics {
    NONE("INSERT INTO a SELECT i % 2, i FROM generate_series(1, 6000) i"),
    OF_FEW_ROWS(
        """
        INSERT INTO a VALUES (0, 0);
        ANALYZE a;
        DELETE FROM a;
        INSERT INTO a SELECT i % 2, i FROM generate_series(1, 6000) i"""),
    OF_OTHER_ROWS(
        """
        INSERT INTO a SELECT 900, i FROM generate_series(1, 12000) i;
        ANALYZE a;
        DELETE FROM a;
        INSERT INTO a SELECT i % 2, i FROM generate_series(1, 6000) i""");

    private final String rows;

    Statistics(String rows) {
      this.rows = rows;
    }
  }

  @ParameterizedTest
  @EnumSource(Statistics.class)
  void chunksReadAlongTheKey(Statistics statistics) throws Exception {
    postgres.run(
        """
        CREATE TABLE a (tenant int, id int, v text, PRIMARY KEY (tenant, id))
        WITH (autovacuum_enabled = off);
        CREATE INDEX a_tenant ON a (tenant);
        CREATE TABLE b (tenant int, id int, v text, PRIMARY KEY (tenant, id));
        """
            + statistics.rows);
    CopyEngine engine =
        CopyEngine.start(
            postgres, CopyMove.of(postgres, "a", "b").chunk(Duration.ofSeconds(20)).plan(1));
    Await.until(() -> count("n_tup_ins FROM pg_stat_user_tables WHERE relname = 'a'") >= 6_000);
    postgres.run("SELECT pg_stat_reset()");

    assertEquals(Outcome.DONE, engine.lane(100, 20).outcome());

    report();
    Await.until(() -> count("n_tup_ins FROM pg_stat_user_tables WHERE relname = 'b'") == 6_000);
    assertEquals(0, count("seq_scan FROM pg_stat_user_tables WHERE relname = 'a'"));
    // Once for where a chunk ends, once for its rows; and what is deleted but not yet cleaned. A
    // sample of a hundred says, now and then, how wide they are.
    long read = count("sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'a'");
    assertTrue(read <= 25_000, read + " index entries read");
  }

  /** Has our sessions say what they did: they do, at the latest, when they end. */
  private void report() throws SQLException {
    postgres.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
  }

  private long count(String what) throws SQLException {
    return Long.parseLong(Fixture.value(postgres, "SELECT " + what));
  }
}
