package dev.kedge.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.Failures;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.RegistryActivities.RegisterRequest;
import dev.kedge.activity.RegistryActivities.Registration;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.spec.TableName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Enters a migration into the registry, or takes over the unfinished one of that name. */
final class Registrar {
  private static final String NO_RIGHT = "42501";

  private final Database database;
  private final RegisterRequest request;
  private final Plan plan;
  private final String name;

  Registrar(Database database, RegisterRequest request) {
    this.database = database;
    this.request = request;
    this.plan = request.plan();
    this.name = plan.spec().migration();
  }

  private record Unfinished(String planHash, Timeline.Server server, String since) {}

  Registration register() throws SQLException {
    makeControlSchema();
    Optional<Registration> created =
        database.inTransaction(registry().lockTimeout(Duration.ofSeconds(5)), this::create);
    return created.isPresent() ? created.get() : adopt();
  }

  private void makeControlSchema() throws SQLException {
    try {
      ControlSchema.ensure(database);
    } catch (SQLException e) {
      if (!NO_RIGHT.equals(e.getSQLState())) {
        throw e;
      }
      throw Failures.refused(
          """
          KD2201: the role of database "%s" on this worker may not create or change schema kedge
          help: GRANT CREATE ON DATABASE … TO …; or let an administrator run kedge setup once and make \
          the worker's role the owner of schema kedge"""
              .formatted(database.name()));
    }
  }

  /** Empty when there is an unfinished migration of that name, with this plan. */
  private Optional<Registration> create(Sql sql) throws SQLException {
    sql.first(RegistrySql.LOCK, row -> "");
    refuseStandby(sql);
    Timeline.Server server = server(sql);
    Optional<Unfinished> unfinished =
        sql.first(RegistrySql.UNFINISHED, Registrar::unfinished, name);
    if (unfinished.isPresent()) {
      refuseOther(unfinished.get(), server);
      return Optional.empty();
    }
    for (TableName table : tables()) {
      refuseOwned(sql, table);
    }
    return Optional.of(insert(sql, server));
  }

  private Registration insert(Sql sql, Timeline.Server server) throws SQLException {
    long[] made =
        sql.one(
            RegistrySql.INSERT,
            row -> new long[] {row.getLong("id"), row.getLong("epoch")},
            name,
            plan.spec().owner(),
            plan.spec().database(),
            request.workflowId(),
            request.runId(),
            request.startedBy(),
            plan.planHash(),
            json(plan),
            server.systemIdentifier(),
            server.timeline(),
            plan.spec().backfill().maxRate());
    for (MovePlan move : plan.moves()) {
      sql.update(
          RegistrySql.INSERT_MOVE,
          made[0],
          move.number(),
          Quoting.table(move.source()),
          Quoting.table(move.target()),
          known(move.estimatedRows()));
    }
    for (TableName table : tables()) {
      sql.update(RegistrySql.OWN, table.schema(), table.name(), made[0]);
    }
    return new Registration(made[1], false, List.of());
  }

  private Registration adopt() throws SQLException {
    long epoch =
        new Fence(database, name)
            .raise(true, "adopted by " + request.workflowId())
            .orElseThrow(() -> Failures.unavailable(name + " ended while it was being adopted"));
    return database.inTransaction(
        registry(),
        sql -> {
          sql.update(RegistrySql.ADOPT, request.workflowId(), request.runId(), name, epoch);
          followTimeline(sql, server(sql).timeline());
          return new Registration(
              epoch, true, sql.list(RegistrySql.FINISHED, row -> row.getString("step"), name));
        });
  }

  /** After a failover; {@link Timeline} says why the ledger holds. */
  private void followTimeline(Sql sql, int timeline) throws SQLException {
    Optional<Long> moved =
        sql.first(RegistrySql.FOLLOW_TIMELINE, row -> row.getLong("id"), timeline, name, timeline);
    if (moved.isPresent()) {
      sql.update(RegistrySql.FORGET_SUSPECTS, moved.get());
      sql.update(RegistrySql.FORGET_COMPARISONS, moved.get());
    }
  }

  private void refuseStandby(Sql sql) throws SQLException {
    if (sql.one(RegistrySql.IN_RECOVERY, row -> row.getBoolean("standby"))) {
      throw Failures.refused(
          """
          KD2203: database "%s" is a standby: it can be read, not migrated
          help: point the worker's "%s" at the primary"""
              .formatted(database.name(), database.name()));
    }
  }

  private void refuseOther(Unfinished unfinished, Timeline.Server server) {
    if (!unfinished.server().systemIdentifier().equals(server.systemIdentifier())) {
      throw Failures.refused(
          """
          KD3004: the ledger of migration "%s" was written on system %s; this is system %s, where its \
          snapshots mean nothing
          help: kedge rollback %s or kedge abort %s, then start it anew"""
              .formatted(
                  name,
                  unfinished.server().systemIdentifier(),
                  server.systemIdentifier(),
                  name,
                  name));
    }
    if (!unfinished.planHash().equals(plan.planHash())) {
      throw Failures.refused(
          """
          KD3003: migration "%s" is unfinished since %s with another plan (%s, not %s)
          help: start the spec it was started with, or end it first: kedge rollback %s"""
              .formatted(name, unfinished.since(), unfinished.planHash(), plan.planHash(), name));
    }
  }

  private void refuseOwned(Sql sql, TableName table) throws SQLException {
    Optional<String> owner =
        sql.first(
            RegistrySql.OWNER,
            row -> "\"%s\" since %s".formatted(row.getString("name"), row.getString("since")),
            table.schema(),
            table.name(),
            name);
    if (owner.isPresent()) {
      throw Failures.refused(
          "KD3001: %s belongs to the unfinished migration %s\nhelp: wait for it or end it; kedge list shows it"
              .formatted(table, owner.get()));
    }
  }

  private Set<TableName> tables() {
    Set<TableName> tables = new LinkedHashSet<>();
    for (MovePlan move : plan.moves()) {
      tables.addAll(move.tables());
    }
    return tables;
  }

  private Transaction registry() {
    return Transaction.readCommitted(name, "registry");
  }

  private static Timeline.Server server(Sql sql) throws SQLException {
    return sql.one(RegistrySql.SERVER, Registrar::server);
  }

  private static Timeline.Server server(ResultSet row) throws SQLException {
    return new Timeline.Server(row.getString("system_identifier"), row.getInt("timeline"));
  }

  private static Unfinished unfinished(ResultSet row) throws SQLException {
    return new Unfinished(row.getString("plan_hash"), server(row), row.getString("since"));
  }

  private static @Nullable Long known(long rows) {
    return rows < 0 ? null : rows;
  }

  private static String json(Plan plan) {
    try {
      return Payloads.mapper().writeValueAsString(plan);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a plan can be written as JSON", e);
    }
  }
}
