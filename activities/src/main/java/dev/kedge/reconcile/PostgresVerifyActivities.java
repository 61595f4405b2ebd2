package dev.kedge.reconcile;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.VerifyActivities;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.SqlStates;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** Compares by statements in the database that has both tables. */
public final class PostgresVerifyActivities implements VerifyActivities {
  private static final int FIRST_ROWS = 1_000;
  private static final Duration EVERY = Duration.ofSeconds(1);

  /** What writes both sides one after the other is done within these. */
  private static final List<Duration> AGAIN =
      List.of(
          Duration.ofMillis(200),
          Duration.ofMillis(500),
          Duration.ofSeconds(1),
          Duration.ofSeconds(2),
          Duration.ofSeconds(4));

  private final Databases databases;
  private final List<Duration> again;

  public PostgresVerifyActivities(Databases databases) {
    this(databases, AGAIN);
  }

  /**
   * @param again the waits before each further look at what differs
   */
  PostgresVerifyActivities(Databases databases, List<Duration> again) {
    this.databases = databases;
    this.again = List.copyOf(again);
  }

  @Override
  public Comparison compareTables(TablesRequest request) {
    if (request.move().key().isEmpty()) {
      return compareWithoutKey(request);
    }
    ActivityExecutionContext context = Activity.getExecutionContext();
    TablesSoFar from = context.getHeartbeatDetails(TablesSoFar.class).orElse(TablesSoFar.NOTHING);
    return compare(request, from, everySecond(context));
  }

  Comparison compareWithoutKey(TablesRequest request) {
    try {
      Database database = databases.get(request.database());
      return new KeylessTables(database, request, again.subList(0, Math.min(2, again.size())))
          .compare();
    } catch (SQLException e) {
      throw failure(e, request);
    }
  }

  private static ApplicationFailure failure(SQLException e, TablesRequest request) {
    return SqlStates.toFailure(
        e, "comparing %s with %s".formatted(request.move().source(), request.move().target()));
  }

  Comparison compare(TablesRequest request, TablesSoFar from, Consumer<TablesSoFar> beat) {
    try {
      Database database = databases.get(request.database());
      TablesMatcher matcher = new TablesMatcher(database, request.migration(), request.move());
      TablesWalk.How how = new TablesWalk.How(request.samplePercent(), FIRST_ROWS, again);
      return new TablesWalk(matcher, how, from, beat).run().of(request.move());
    } catch (SQLException e) {
      throw failure(e, request);
    }
  }

  private static Consumer<TablesSoFar> everySecond(ActivityExecutionContext context) {
    long[] next = {System.nanoTime()};
    return soFar -> {
      if (System.nanoTime() - next[0] >= 0) {
        next[0] = System.nanoTime() + EVERY.toNanos();
        context.heartbeat(soFar);
      }
    };
  }
}
