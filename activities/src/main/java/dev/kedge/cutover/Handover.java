package dev.kedge.cutover;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.CutoverActivities.HandoverResult;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Payloads;
import dev.kedge.backfill.TailTurn;
import dev.kedge.backfill.Unsettled;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.TailRow;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes the writing side of a copy, right after a round of the tail: locks its tables against
 * writers, applies what is left, proves that nothing differs, and switches capture and guards. READ
 * COMMITTED, because what is read must be what the lock made final; a snapshot taken before the
 * lock was granted would miss whoever was waited for.
 *
 * <p>Copies that share a table change it together, in one transaction of the tail of the lowest
 * number: it takes the rows of all their tails in rising order, as a fence does, so that no round
 * of theirs is in flight; whatever those tails do next begins with their row, and meets 40001 or
 * the other side.
 */
public final class Handover implements TailTurn.Turnover {
  /** How long the lock may be held. */
  public static final Duration HOLD = Duration.ofMillis(50);

  // Applied within a part of the budget, also on a busy server.
  private static final long FEW_KEYS = 100;
  private static final int MOST_ROUNDS = 5;

  // Until the lock is granted; under it the budget bounds our silence, too.
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private final Database database;
  private final MoveScope request;
  private final MovePlan move;
  private final long migration;
  private final Duration hold;
  private final TailRow tail;
  private final Attempts pace;

  private int attempts;
  private List<Member> members = List.of();

  public Handover(Database database, MoveScope request, long migration, Duration hold) {
    this.database = database;
    this.request = request;
    this.move = request.move();
    this.migration = migration;
    this.hold = hold;
    this.tail = new TailRow(request, migration);
    this.pace = new Attempts(database, request.scope().migration());
  }

  @Override
  public void attempt(TailRow.Look look) throws SQLException {
    if (!move.leads() || !pace.due() || look.outside() > 0) {
      return;
    }
    String writers =
        new OldWriters(database, migrationName(), tables()).inTheWay(pace.lockTimeout());
    if (!writers.isEmpty()) {
      note(null, "handover waits for transactions that have written: " + writers);
      pace.pauseAfter(0);
      return;
    }
    // Looking for writers took a while: what came meanwhile is not for the lock to wait for.
    if (!rounds()) {
      pace.pauseAfter(0);
      return;
    }
    attempts++;
    Attempt attempt = new Attempt(look.forward());
    try {
      attempt.run();
    } catch (SQLException e) {
      pace.pauseAfter(attempt.budget.burdenNanos());
      giveWay(e);
    }
  }

  // While one move's keys are applied, the others' come: each time around they are fewer.
  private boolean rounds() throws SQLException {
    long keys = Long.MAX_VALUE;
    for (int i = 0; i < MOST_ROUNDS && keys > FEW_KEYS; i++) {
      keys = 0;
      for (Member member : members()) {
        if (!isReady(member)) {
          return false;
        }
        keys += member.round(database);
      }
    }
    return true;
  }

  // Rounds that take long are left to each tail: two who make them keep each other out.
  private boolean isReady(Member member) throws SQLException {
    Member.Stand stand = member.stand(database);
    if (stand == Member.Stand.BEHIND) {
      note(
          null,
          "handover waits until what was captured of %s is applied"
              .formatted(member.move().source()));
    }
    return stand == Member.Stand.READY;
  }

  private void giveWay(SQLException error) throws SQLException {
    switch (SqlStates.kindOf(error)) {
      case CONTENTION, TOO_LARGE ->
          note(
              null,
              "handover gave way after attempt %d: %s".formatted(attempts, error.getMessage()));
      case BAD_DATA -> {
        if (!move.quarantine()) {
          throw error;
        }
        // The next round passes over it.
        note(null, "handover met a row that cannot be brought over");
      }
      case UNAVAILABLE, NO_SPACE, STATEMENT -> throw error;
    }
  }

  private void note(@Nullable HandoverResult result, @Nullable String blocked) throws SQLException {
    String json = result == null ? null : json(result);
    database.inTransaction(
        Transaction.readCommitted(migrationName(), "handover"),
        sql -> {
          if (!tail.hold(sql)) {
            throw Migrations.over(request.scope());
          }
          return sql.update(HandoverSql.NOTE, json, blocked, migration, move.number());
        });
  }

  private List<Member> members() throws SQLException {
    if (members.isEmpty()) {
      members = Member.of(database, request, migration);
    }
    return members;
  }

  private List<String> tables() throws SQLException {
    return members().stream()
        .flatMap(member -> member.move().tables().stream())
        .map(Quoting::table)
        .distinct()
        .toList();
  }

  private String migrationName() {
    return request.scope().migration();
  }

  static String json(HandoverResult result) {
    try {
      return Payloads.mapper().writeValueAsString(result);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a handover's result can be written as JSON", e);
    }
  }

  /** One attempt, and the clock that ends it. */
  private final class Attempt {
    private final Budget budget = new Budget(hold);
    private final List<String> kept = new ArrayList<>();
    private final boolean forward;
    private long keys;

    Attempt(boolean forward) {
      this.forward = forward;
    }

    void run() throws SQLException {
      Transaction transaction =
          Transaction.readCommitted(migrationName(), "handover")
              .lockTimeout(Duration.ofMillis(pace.lockTimeout()))
              .silence(SILENCE);
      boolean switched = database.inTransaction(transaction, this::in);
      if (switched) {
        note(new HandoverResult(true, attempts, budget.spent().toMillis(), keys, 0), null);
      } else if (!kept.isEmpty()) {
        note(null, "handover waits for " + String.join(", ", kept));
        pace.pauseAfter(0);
      }
    }

    private boolean in(Sql sql) throws SQLException {
      sql.execute("SET LOCAL plan_cache_mode = force_custom_plan");
      List<Drain> drains = new ArrayList<>();
      for (Member member : members()) {
        drains.add(new Drain(sql, member, member.hold(sql), budget));
      }
      if (!drains.stream().allMatch(Drain::ready)) {
        return false;
      }
      // The tails are held: none of their rounds passes over another one until the end.
      for (Member member : members()) {
        (forward
                ? Unsettled.forward(sql, member.scope(), migration)
                : Unsettled.back(sql, member.scope(), migration))
            .ifPresent(kept::add);
      }
      if (!kept.isEmpty()) {
        return false;
      }
      for (Drain drain : drains) {
        drain.check();
        drain.warmUp();
      }
      lock(sql);
      for (Drain drain : drains) {
        drain.checkPartitions();
      }
      drain(drains);
      turn(sql, drains);
      return true;
    }

    private void lock(Sql sql) throws SQLException {
      List<Boolean> partitioned = new ArrayList<>();
      List<String> names =
          sql.list(
              HandoverSql.BY_OID,
              row -> {
                partitioned.add(row.getBoolean("partitioned"));
                return row.getString("name");
              },
              tables());
      if (names.size() > 2 || partitioned.contains(true)) {
        // lock_timeout bounds each wait, and who waits for the last one holds the others. Of two
        // tables the application writes only one, so that there it is enough.
        sql.execute(HandoverSql.statementTimeout(pace.lockTimeout()));
      }
      budget.ask();
      sql.execute(HandoverSql.lock(names));
      budget.start();
    }

    private void drain(List<Drain> drains) throws SQLException {
      for (Drain drain : drains) {
        keys += drain.window();
      }
      if (keys > Attempts.MOST_KEYS) {
        throw Budget.exceeded(keys + " keys are more than can be applied under the lock");
      }
      if (drains.size() > 1) {
        for (Drain drain : drains) {
          drain.makeWay();
        }
      }
      for (Drain drain : drains) {
        drain.converge();
      }
      for (Drain drain : drains) {
        drain.prove();
      }
    }

    private void turn(Sql sql, List<Drain> drains) throws SQLException {
      String result = json(new HandoverResult(true, attempts, null, keys, 0));
      for (Drain drain : drains) {
        drain.turn(result);
      }
      budget.bound(sql);
    }
  }
}
