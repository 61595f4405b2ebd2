package dev.kedge.synchronous;

import dev.kedge.activity.MoveScope;
import dev.kedge.backfill.Applier;
import dev.kedge.backfill.Direction;
import dev.kedge.backfill.RoundSql;
import dev.kedge.backfill.TailRound;
import dev.kedge.backfill.Window;
import dev.kedge.capture.CaptureState;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.TailRow;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeySet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A round of the tail while the application's own transactions write the target: looks, in one
 * snapshot, which of the captured keys differ all the same, and converges those one by one under
 * locks. They go into the log again first, so that whoever dies here, somebody looks at them again.
 */
public final class LookRound {
  private final Database database;
  private final MoveScope request;
  private final long migration;
  private final MovePlan move;
  private final Direction direction;
  private final TailRow tail;
  private final Stragglers stragglers;
  private final LockingApplier applier;

  public LookRound(Database database, MoveScope request, long migration) {
    this.database = database;
    this.request = request;
    this.migration = migration;
    this.move = request.move();
    this.direction = Direction.forward(migration, move);
    this.tail = new TailRow(request, migration);
    this.stragglers = new Stragglers(migration, move.number());
    this.applier = new LockingApplier(database, request, migration);
  }

  /**
   * What a round came to.
   *
   * @param done as any round
   * @param all whether it looked at everything that its snapshot saw captured
   * @param differing keys that differed there
   */
  public record Seen(TailRow.Look look, long keys, boolean all, List<List<String>> differing) {
    public Seen {
      differing = List.copyOf(differing);
    }

    /** As any round. */
    public TailRound.Done done() {
      return new TailRound.Done(look, keys);
    }
  }

  /** Runs it; fails with FENCED when the epoch is over. */
  public Seen run() throws SQLException {
    Transaction transaction =
        Transaction.repeatableRead(request.scope().migration(), "tail")
            .statementTimeout(RoundSql.LONGEST)
            .relaxed();
    Seen seen = database.inTransaction(transaction, this::look);
    if (!seen.differing().isEmpty()) {
      note(applier.apply(seen.differing()));
    }
    return seen;
  }

  private Seen look(Sql sql) throws SQLException {
    long began = System.nanoTime();
    // The pool puts its own bound back.
    sql.connection().setNetworkTimeout(Runnable::run, 0);
    sql.execute(RoundSql.open(direction.projection(), direction.log()));
    if (!tail.hold(sql)) {
      throw Migrations.over(request.scope());
    }
    TailRow.Look look = tail.look(sql).orElseThrow();
    if (!look.synchronous()) {
      // Somebody handed over since; whoever calls looks again.
      return new Seen(look, 0, false, List.of());
    }
    CaptureState.check(sql, migration, move);
    Window.Part part = Window.part(sql, direction.log(), Objects.requireNonNull(look.applied()));
    Differing differing = differing(sql, part.window());
    long millis = Duration.ofNanos(System.nanoTime() - began).toMillis();
    int keys = part.window().keys().size();
    tail.applied(sql, part.snapshot(), keys, millis);
    return new Seen(look, keys, part.snapshot() == null, differing.keys());
  }

  private Differing differing(Sql sql, Window window) throws SQLException {
    Differing differing = new Differing(sql, new Applier(direction.projection()));
    List<List<String>> known = stragglers.all(sql);
    Set<List<String>> keys = new LinkedHashSet<>(window.keys());
    keys.addAll(known.isEmpty() ? known : stragglers.due(sql));
    if (window.emptied()) {
      differing.lookEverywhere();
    } else {
      differing.look(new ArrayList<>(keys));
    }
    for (Map.Entry<List<String>, String> each : differing.bad().entrySet()) {
      stragglers.note(sql, each.getKey(), "notComparable", each.getValue());
    }
    for (List<String> key : known) {
      if (!window.emptied()
          && keys.contains(key)
          && !differing.keys().contains(key)
          && !differing.bad().containsKey(key)) {
        stragglers.forget(sql, key);
      }
    }
    remember(sql, differing.keys(), known, window.emptied());
    return differing;
  }

  // A straggler is remembered already, and would make the next round come at once for ever.
  private void remember(
      Sql sql, List<List<String>> differing, List<List<String>> known, boolean emptied)
      throws SQLException {
    List<List<String>> again = new ArrayList<>(differing);
    again.removeAll(known);
    if (!again.isEmpty()) {
      Fragment capture =
          LookSql.capture(
              direction.projection(), direction.log(), KeySet.of(move.key().size(), again));
      sql.update(capture.text(), capture.values());
    }
    if (emptied && differing.size() == Differing.MOST) {
      sql.update(LookSql.captureAll(direction.log()));
    }
  }

  private void note(Map<List<String>, String> bad) throws SQLException {
    if (bad.isEmpty()) {
      return;
    }
    database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "tail"),
        sql -> {
          if (!tail.hold(sql)) {
            throw Migrations.over(request.scope());
          }
          for (Map.Entry<List<String>, String> each : bad.entrySet()) {
            stragglers.note(sql, each.getKey(), "different", each.getValue());
          }
          return "";
        });
  }
}
