package dev.kedge.reconcile;

import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A copy that is filled and followed, as the ledger would have it, with a tail that runs only when
 * it is told to. Written without the engine, so that both are not wrong in the same way.
 */
final class Follower {
  private static final Bounds BOUNDS = new Bounds(Duration.ofMillis(200), 7, 10_000);

  private final PostgresExtension postgres;
  final MoveScope scope;
  private final String key;

  private Follower(PostgresExtension postgres, MoveScope scope) {
    this.postgres = postgres;
    this.scope = scope;
    this.key = Quoting.name(scope.move().key().get(0).source());
  }

  /** Ranges end at {@code ends} and after every key; all are in the tail, nothing is captured. */
  static Follower of(PostgresExtension postgres, MovePlan move, String... ends)
      throws SQLException {
    Follower follower = new Follower(postgres, Fixture.register(postgres, "m", move));
    follower.prepare();
    @Nullable String lo = null;
    for (int i = 0; i <= ends.length; i++) {
      @Nullable String hi = i < ends.length ? ends[i] : null;
      follower.range(i + 1, lo, hi);
      lo = hi;
    }
    return follower;
  }

  private void prepare() throws SQLException {
    MovePlan move = scope.move();
    String log = "kedge.log_1_1";
    try (Connection connection = postgres.connect()) {
      Sql sql = new Sql(connection);
      sql.update(
          """
          INSERT INTO kedge.move (migration, move, source_oid, target_oid, capture)
          VALUES (1, 1, ?::regclass, ?::regclass, 'on')""",
          Quoting.table(move.source()),
          Quoting.table(move.target()));
      sql.execute(
          """
          INSERT INTO kedge.tail (migration, move, epoch, applied)
          VALUES (1, 1, 1, pg_current_snapshot())""");
      capture(sql, log, Quoting.table(move.source()), move.key().get(0).sourceType());
      capture(sql, log + "_r", Quoting.table(move.target()), move.key().get(0).targetType());
    }
  }

  private void capture(Sql sql, String log, String table, String type) throws SQLException {
    sql.execute(
        """
        CREATE TABLE %1$s (xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
          n bigint GENERATED ALWAYS AS IDENTITY, k1 %2$s,
          at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (xid, n));
        CREATE FUNCTION %1$s() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP <> 'DELETE' THEN INSERT INTO %1$s (k1) VALUES (NEW.%3$s); END IF;
          IF TG_OP <> 'INSERT' THEN INSERT INTO %1$s (k1) VALUES (OLD.%3$s); END IF;
          RETURN NULL;
        END $$;
        CREATE FUNCTION %1$s_t() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO %1$s (k1) VALUES (NULL); RETURN NULL; END $$;
        CREATE TRIGGER kedge_capture AFTER INSERT OR UPDATE OR DELETE ON %4$s
        FOR EACH ROW WHEN (current_setting('test.deaf', true) IS DISTINCT FROM 'on')
        EXECUTE FUNCTION %1$s();
        CREATE TRIGGER kedge_emptied AFTER TRUNCATE ON %4$s
        EXECUTE FUNCTION %1$s_t()"""
            .formatted(log, type, key, table));
  }

  private void range(int number, @Nullable String lo, @Nullable String hi) throws SQLException {
    try (Connection connection = postgres.connect()) {
      new Sql(connection)
          .update(
              """
              INSERT INTO kedge.range (migration, move, range, lo, hi, cursor, state, epoch, applied)
              VALUES (1, 1, ?, ?::text[], ?::text[], ?::text[], 'tail', 1, pg_current_snapshot())""",
              number,
              lo == null ? null : List.of(lo),
              hi == null ? null : List.of(hi),
              hi == null ? null : List.of(hi));
    }
  }

  /** Runs statements that nothing captures: how differences are planted. */
  void unseen(String statements) throws SQLException {
    postgres.run("SET test.deaf = on; " + statements);
  }

  /** One round of the tail, which applies {@code statements} to the target. */
  void round(String statements) throws SQLException {
    postgres.run(
        "SET test.deaf = on; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_current_snapshot(); "
            + statements
            + "; UPDATE kedge.tail SET turn = turn + 1, applied = pg_current_snapshot(); COMMIT");
  }

  Comparison compare(String run) throws SQLException {
    return compare(run, Pulse.NONE);
  }

  Comparison compare(String run, Pulse pulse) throws SQLException {
    return reconciler(pulse).compareAll(run);
  }

  Comparison compareCaptured() throws SQLException {
    return reconciler(Pulse.NONE).compareCaptured("captured");
  }

  Reconciler reconciler(Pulse pulse) throws SQLException {
    return reconciler(pulse, BOUNDS);
  }

  Reconciler reconciler(Pulse pulse, Bounds bounds) throws SQLException {
    return Reconciler.of(postgres.database(), scope, bounds, pulse);
  }

  /** Open findings, {@code key kind} each. */
  List<String> findings() throws SQLException {
    try (Connection connection = postgres.connect()) {
      return new Sql(connection)
          .list(
              """
              SELECT array_to_string(key, ',') || ' ' || kind AS finding
              FROM kedge.finding
              WHERE closed_at IS NULL
              ORDER BY 1""",
              row -> row.getString("finding"));
    }
  }
}
