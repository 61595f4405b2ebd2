package dev.kedge.cutover;

import dev.kedge.backfill.Applier;
import dev.kedge.backfill.Direction;
import dev.kedge.backfill.Window;
import dev.kedge.capture.CaptureState;
import dev.kedge.capture.Partitions;
import dev.kedge.capture.Roles;
import dev.kedge.ledger.TailRow;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeyScope;
import dev.kedge.synchronous.Stragglers;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One move within one attempt to hand over: what is left of its keys, and its roles. */
final class Drain {
  private final Sql sql;
  private final Member member;
  private final TailRow.Look look;
  private final Direction direction;
  private final Applier applier;
  private final Budget budget;

  private boolean partitioned;
  private Window window = new Window(List.of(), false);

  Drain(Sql sql, Member member, TailRow.Look look, Budget budget) {
    this.sql = sql;
    this.member = member;
    this.look = look;
    this.direction = member.direction(look);
    this.applier = new Applier(direction.projection());
    this.budget = budget;
  }

  /** Whether it may hand over now: it is asked to, and its tail has every range. */
  boolean ready() {
    return look.wanted() != null && look.outside() == 0;
  }

  /** Fails unless nobody touched what captures its writes. */
  void check() throws SQLException {
    CaptureState.check(sql, member.migration(), member.move());
    partitioned = Partitions.isPartitioned(sql, member.migration(), member.move());
  }

  /** Fails unless all that partitions brought or took is in what is left to apply. */
  void checkPartitions() throws SQLException {
    if (partitioned) {
      budget.bound(sql);
      Partitions.requireTakenIn(sql, member.migration(), member.move());
    }
  }

  // What a session meets for the first time costs milliseconds: not under the lock.
  void warmUp() throws SQLException {
    if (!follows()) {
      return;
    }
    read();
    KeyScope nothing = new Window(List.of(), false).keySet(direction.log());
    applier.converge(sql, List.of(nothing));
    applier.differences(sql, nothing);
    CaptureState.read(sql, member.migration(), member.move(), partitioned);
  }

  /** Reads what was captured up to the lock; returns how many keys that is. */
  long window() throws SQLException {
    if (follows()) {
      budget.bound(sql);
      window = read();
    }
    if (look.synchronous()) {
      window = window.and(new Window(stragglers(), false));
    }
    return window.keys().size();
  }

  /** Takes out of the others' way what it has too much of a target that they fill, too. */
  void makeWay() throws SQLException {
    if (!window.isEmpty() && member.move().owns() != null) {
      budget.bound(sql);
      applier.shed(sql, List.of(scope()));
    }
  }

  void converge() throws SQLException {
    if (!window.isEmpty()) {
      budget.bound(sql);
      applier.converge(sql, List.of(scope()));
    }
  }

  /** Fails when a key of the window differs still. */
  void prove() throws SQLException {
    if (window.isEmpty()) {
      return;
    }
    budget.bound(sql);
    long differences = applier.differences(sql, scope());
    if (differences > 0) {
      throw Budget.exceeded(differences + " keys still differ after they were applied");
    }
  }

  /** Changes the writing side. */
  void turn(String result) throws SQLException {
    budget.bound(sql);
    String writing = look.forward() ? "new" : "old";
    int number = member.move().number();
    Roles.write(sql, member.migration(), member.move(), writing);
    if (sql.update(HandoverSql.SWITCHED, writing, result, member.migration(), number, writing)
        == 0) {
      throw Budget.exceeded("it is not wanted any more");
    }
    // All its tables are locked: whoever writes from now on is not in this snapshot.
    member.tail().applied(sql, null, window.keys().size(), 0);
  }

  private boolean follows() {
    return member.follows(look);
  }

  // What neither trigger nor tail could bring over must be over now, or the attempt fails on it.
  private List<List<String>> stragglers() throws SQLException {
    return new Stragglers(member.migration(), member.move().number()).all(sql);
  }

  private Window read() throws SQLException {
    @Nullable String applied = look.applied();
    return applied == null
        ? new Window(List.of(), false)
        : Window.since(sql, direction.log(), applied);
  }

  private KeyScope scope() {
    return window.emptied() ? KeyRange.ALL : window.keySet(direction.log());
  }
}
