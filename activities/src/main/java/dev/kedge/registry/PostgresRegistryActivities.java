package dev.kedge.registry;

import dev.kedge.activity.Failures;
import dev.kedge.activity.RegistryActivities;
import dev.kedge.activity.Scope;
import dev.kedge.plan.Phase;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import dev.kedge.workflow.State;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The registry in schema {@code kedge} of each database this worker knows. */
public final class PostgresRegistryActivities implements RegistryActivities {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresRegistryActivities.class);

  private final Databases databases;
  private final ProgressReader progress;

  /** Reads how far a migration is, in the caller's transaction. */
  @FunctionalInterface
  public interface ProgressReader {
    /** All moves of the unfinished migration of that name. */
    Progress read(Sql sql, String migration) throws SQLException;
  }

  public PostgresRegistryActivities(Databases databases, ProgressReader progress) {
    this.databases = databases;
    this.progress = progress;
  }

  @Override
  public Registration register(RegisterRequest request) {
    String name = request.plan().spec().migration();
    Database database = databases.get(request.plan().spec().database());
    try {
      return new Registrar(database, request).register();
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "registering " + name);
    }
  }

  @Override
  public long fence(FenceRequest request) {
    Scope scope = request.scope();
    try {
      // Of an ended migration nothing can write: its steps and ranges answer to nobody.
      return new Fence(databases.get(scope.database()), scope)
          .raise(request.open(), request.reason())
          .orElse(scope.epoch());
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "fencing " + scope.migration());
    }
  }

  @Override
  public void noteState(StateNote note) {
    if (State.of(note.state()) == State.PAUSED) {
      // The fence noted it in its own transaction: after a pause none of ours commits any more.
      return;
    }
    in(note.scope(), "noting the state of", sql -> noteState(sql, note));
  }

  private static boolean noteState(Sql sql, StateNote note) throws SQLException {
    boolean ended = State.of(note.state()).ended();
    Scope scope = note.scope();
    Optional<Long> id =
        sql.first(
            RegistrySql.NOTE_STATE,
            row -> row.getLong("id"),
            note.phase().label(),
            note.state(),
            note.reason(),
            ended,
            scope.migration(),
            scope.epoch());
    if (id.isPresent() && ended) {
      sql.update(RegistrySql.FREE, id.get());
    }
    if (id.isEmpty() && ended && isUnfinished(sql, scope)) {
      // Somebody adopted it; only he may end it.
      throw Failures.fenced(
          "%s: epoch %d is over, it cannot be ended from here"
              .formatted(scope.migration(), scope.epoch()));
    }
    return id.isPresent();
  }

  private static boolean isUnfinished(Sql sql, Scope scope) throws SQLException {
    return sql.first(RegistrySql.IS_UNFINISHED, row -> true, scope.migration()).isPresent();
  }

  @Override
  public void noteDecision(DecisionNote note) {
    in(
        note.scope(),
        "noting a decision on",
        sql ->
            sql.update(
                RegistrySql.NOTE_DECISION,
                note.requestId(),
                note.gate().label(),
                note.by(),
                note.approve(),
                note.comment(),
                note.verdict(),
                note.evidenceHash(),
                note.scope().migration()));
  }

  @Override
  public Progress readProgress(Scope scope) {
    try {
      return databases
          .get(scope.database())
          .inTransaction(
              Transaction.repeatableRead(scope.migration(), "progress"),
              sql -> progress.read(sql, scope.migration()));
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "reading the progress of " + scope.migration());
    }
  }

  @Override
  public void tune(TuneRequest request) {
    in(
        request.scope(),
        "tuning",
        sql ->
            sql.update(
                RegistrySql.TUNE,
                request.lanes(),
                request.chunkMillis(),
                request.maxRate(),
                request.scope().migration()));
  }

  @Override
  public List<RegistryEntry> listMigrations() {
    List<RegistryEntry> entries = new ArrayList<>();
    for (String name : databases.names()) {
      entries.addAll(list(databases.get(name)));
    }
    // Two names may stand for one database.
    return entries.stream()
        .distinct()
        .sorted(Comparator.comparing(RegistryEntry::startedAt).reversed())
        .toList();
  }

  private static List<RegistryEntry> list(Database database) {
    try {
      return database.inTransaction(
          Transaction.readCommitted("kedge", "list"),
          sql ->
              ControlSchema.isThere(sql)
                  ? sql.list(RegistrySql.LIST, PostgresRegistryActivities::entry)
                  : List.of());
    } catch (SQLException e) {
      LOG.warn(
          "database \"{}\" is left out of the list: {}", database.name(), SqlStates.describe(e));
      return List.of();
    }
  }

  private static RegistryEntry entry(ResultSet row) throws SQLException {
    return new RegistryEntry(
        row.getString("name"),
        row.getString("owner"),
        row.getString("database"),
        Phase.of(row.getString("phase")),
        row.getString("state"),
        row.getString("reason"),
        row.getString("started_at"),
        row.getString("updated_at"));
  }

  private void in(Scope scope, String doing, Work<?> work) {
    try {
      databases
          .get(scope.database())
          .inTransaction(Transaction.readCommitted(scope.migration(), "registry"), work);
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, doing + " " + scope.migration());
    }
  }
}
