package dev.kedge.embedded;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.Payloads;
import dev.kedge.console.Problem;
import dev.kedge.console.TemporalConnection;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.starter.Starting;
import dev.kedge.worker.DatabaseConfig;
import dev.kedge.worker.WorkerSettings;
import dev.kedge.workflow.State;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Migrations that an earlier process left unfinished: their workflows went with its Temporal, their
 * plans and ledgers are in the databases. Each is started again from its recorded plan; who
 * approved before must do so again.
 */
final class Leftovers {
  private static final String REGISTERED = "SELECT to_regclass('kedge.migration') IS NOT NULL";
  private static final String UNFINISHED =
      """
      SELECT name, started_by, plan, state, reason
      FROM kedge.migration
      WHERE ended_at IS NULL
      ORDER BY id""";

  private final TemporalConnection connection;
  private final List<DatabaseConfig> databases;

  Leftovers(TemporalConnection connection, List<DatabaseConfig> databases) {
    this.connection = connection;
    this.databases = databases;
  }

  /** A migration as the registry has it. */
  private record Leftover(
      String name, String startedBy, String plan, String state, @Nullable String reason) {
    boolean paused() {
      return state.equals(State.PAUSED.label());
    }
  }

  /** Starts what is unfinished and not running; says what it does, and what it cannot do. */
  void takeUp(Consumer<String> say) {
    try (Databases pools = WorkerSettings.open(databases, System.getenv())) {
      for (String name : pools.names()) {
        takeUp(pools.get(name), say);
      }
    }
  }

  private void takeUp(Database database, Consumer<String> say) {
    try {
      for (Leftover each : unfinished(database)) {
        start(each, say);
      }
    } catch (SQLException e) {
      // Nothing is wrong with a dev whose database comes up later; it only takes up nothing.
      say.accept(
          "cannot look for unfinished migrations in database \"%s\": %s"
              .formatted(database.name(), SqlStates.describe(e)));
    }
  }

  private static List<Leftover> unfinished(Database database) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted("kedge", "leftovers"),
        sql ->
            sql.one(REGISTERED, row -> row.getBoolean(1))
                ? sql.list(
                    UNFINISHED,
                    row ->
                        new Leftover(
                            row.getString("name"),
                            row.getString("started_by"),
                            row.getString("plan"),
                            row.getString("state"),
                            row.getString("reason")))
                : List.of());
  }

  private static String reason(Leftover left) {
    return left.reason() == null ? "it was paused when the former process ended" : left.reason();
  }

  private void start(Leftover left, Consumer<String> say) {
    try {
      Plan plan = Payloads.mapper().readValue(left.plan(), Plan.class);
      Starting starting = new Starting(connection.client());
      if (left.paused()) {
        starting.startPaused(plan, left.startedBy(), reason(left));
        say.accept(left.name() + " is paused, as it was left; `kedge resume` goes on");
      } else {
        starting.start(plan, left.startedBy());
        say.accept("taking up " + left.name() + " again; open gates ask for approval again");
      }
    } catch (JsonProcessingException e) {
      say.accept("the recorded plan of " + left.name() + " cannot be read by this version");
    } catch (Problem running) {
      say.accept(left.name() + ": " + running.getMessage());
    }
  }
}
