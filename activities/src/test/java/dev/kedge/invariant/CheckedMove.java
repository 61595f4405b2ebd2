package dev.kedge.invariant;

import dev.kedge.activity.InvariantActivities.InvariantReport;
import dev.kedge.activity.InvariantActivities.InvariantResult;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Payloads;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.registry.Plans;
import dev.kedge.spec.Invariant;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;

/** A copy of table a into b, captured and not filled yet, of which something must be true. */
final class CheckedMove {
  private static final Duration PATIENCE = Duration.ofMillis(400);

  private final PostgresExtension postgres;
  final CopyEngine engine;
  private Runnable beat = () -> {};

  private CheckedMove(PostgresExtension postgres, CopyEngine engine) {
    this.postgres = postgres;
    this.engine = engine;
  }

  /** Makes a role that may read everything in schema public, now and later, and nothing else. */
  static void role(PostgresExtension postgres) throws SQLException {
    postgres.run(
        """
        DROP ROLE IF EXISTS invariant_check;
        CREATE ROLE invariant_check LOGIN;
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO invariant_check""");
    postgres
        .databases()
        .checkRole(
            "app",
            postgres.jdbcUrl().replace("user=kedge", "user=invariant_check"),
            new Properties());
  }

  static void dropRole(PostgresExtension postgres) throws SQLException {
    postgres.run("DROP OWNED BY invariant_check; DROP ROLE invariant_check");
  }

  /** Rows 1 to 100, v is the id modulo 10. */
  static CheckedMove start(PostgresExtension postgres, Invariant... invariants)
      throws SQLException {
    return start(postgres, false, invariants);
  }

  /** The same, the old side following the new one once that is written. */
  static CheckedMove start(PostgresExtension postgres, boolean reversed, Invariant... invariants)
      throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v numeric);
        CREATE TABLE b (id int PRIMARY KEY, v numeric);
        INSERT INTO a SELECT i, i % 10 FROM generate_series(1, 100) i""");
    CopyMove move = CopyMove.of(postgres, "a", "b");
    CheckedMove checked =
        new CheckedMove(
            postgres, CopyEngine.start(postgres, (reversed ? move.reversed() : move).plan(1)));
    checked.must(invariants);
    return checked;
  }

  /** From now on this must be true. */
  void must(Invariant... invariants) throws SQLException {
    Plan any = Plans.copy("m", "a", "b");
    Plan plan =
        new Plan(
            Plan.FORM,
            any.planHash(),
            any.spec().with(List.of(invariants)),
            any.catalogHash(),
            List.of(engine.scope().move()),
            List.of(),
            List.of(),
            List.of());
    try (Connection connection = postgres.connect()) {
      new Sql(connection)
          .update(
              "UPDATE kedge.migration SET plan = ?",
              Payloads.mapper().valueToTree(plan).toString());
    }
  }

  CheckedMove filled() throws SQLException {
    engine.lane();
    engine.round();
    return this;
  }

  /** What happens whenever a check says that it lives. */
  CheckedMove beat(Runnable each) {
    beat = each;
    return this;
  }

  MoveScope scope() {
    return engine.scope();
  }

  InvariantReport check(boolean due) throws SQLException {
    return new Checks(engine.database(), scope().scope(), PATIENCE, beat).run(due);
  }

  /** Checks the only invariant there is. */
  InvariantResult result() throws SQLException {
    return check(false).results().get(0);
  }

  /** Writes what nothing captures. */
  void unseen(String statements) throws SQLException {
    postgres.run("SET kedge.applier = 'm'; " + statements);
  }

  Look look(Invariant invariant, Plan plan) throws SQLException {
    return Look.at(
        engine.database(),
        scope().scope(),
        1,
        plan,
        invariant,
        engine.database().checkRole().orElseThrow());
  }

  Plan plan() throws SQLException {
    return engine
        .database()
        .inTransaction(
            dev.kedge.postgres.Transaction.readCommitted("m", "look"),
            sql -> dev.kedge.registry.RecordedPlans.find(sql, "m").orElseThrow());
  }

  String value(String query) throws SQLException {
    return Fixture.value(postgres, query);
  }
}
