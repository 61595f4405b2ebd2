package dev.kedge.backfill;

import dev.kedge.activity.MoveScope;
import dev.kedge.backfill.Collision.Take;
import dev.kedge.capture.CaptureState;
import dev.kedge.capture.Partitions;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.TailRow;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeyScope;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * One round of the tail: takes filled ranges over, and applies what was captured. The keys of a
 * range that joins are read by that range's own snapshot, all others by the tail's: snapshots are
 * never compared with each other.
 */
public final class TailRound {
  private final Database database;
  private final MoveScope request;
  private final long migration;
  private final Direction direction;
  private final TailRow tail;
  private final Applier applier;
  private final Quarantine quarantine;
  private final PassingOver passing;
  private final GivingWay way;

  // Whether the latest transaction came past its fence.
  private boolean held;

  public TailRound(Database database, MoveScope request, long migration, Direction direction) {
    this(
        database,
        request,
        migration,
        direction,
        new GivingWay(database, request.scope().migration()));
  }

  /**
   * @param way the tail's, from round to round
   */
  public TailRound(
      Database database, MoveScope request, long migration, Direction direction, GivingWay way) {
    this.database = database;
    this.request = request;
    this.migration = migration;
    this.direction = direction;
    this.tail = new TailRow(request, migration);
    this.applier = new Applier(direction.projection());
    this.quarantine = new Quarantine(request, migration);
    this.passing = new PassingOver(database, request, migration);
    this.way = way;
  }

  /**
   * What a round came to.
   *
   * @param look the tail as the round saw it before it began
   * @param keys keys it applied
   */
  public record Done(TailRow.Look look, long keys) {}

  /** Runs it; fails with FENCED when the epoch is over. */
  public Done run() throws SQLException {
    Transaction transaction =
        Transaction.repeatableRead(request.scope().migration(), "tail")
            .statementTimeout(RoundSql.LONGEST)
            .silence(RoundSql.SILENCE)
            .relaxed();
    boolean gaveWayBefore = way.gaveWay();
    try {
      Done done = passing.run(take -> database.inTransaction(transaction, sql -> in(sql, take)));
      way.through();
      return done;
    } catch (SQLException e) {
      // One that met another round of the same tail leaves the keys to that: pieces beside a round
      // would end it, as that ended this one.
      boolean contended = held && SqlStates.kindOf(e) == SqlStates.Kind.CONTENTION;
      if (contended || (way.gaveWay() && !gaveWayBefore)) {
        applyPieces(e);
      }
      throw e;
    }
  }

  private void applyPieces(SQLException because) throws SQLException {
    try {
      new Pieces(database, request, migration, direction).apply();
    } catch (SQLException e) {
      if (!BadKeys.isMeant(request.move(), e)) {
        throw e;
      }
      // The next round finds which row it is.
      because.addSuppressed(e);
    }
  }

  private Done in(Sql sql, Take take) throws SQLException {
    long began = System.nanoTime();
    // The pool puts its own bound back.
    sql.connection().setNetworkTimeout(Runnable::run, 0);
    sql.execute(RoundSql.open(direction.projection(), direction.log()));
    held = false;
    if (!tail.hold(sql)) {
      throw Migrations.over(request.scope());
    }
    held = true;
    TailRow.Look look = tail.look(sql).orElseThrow();
    if (!look.writing().equals(direction.writing()) || look.synchronous()) {
      // Somebody handed over or flipped since the locks were chosen; whoever calls looks again. Of
      // what the application's transactions write this round would put an older value back.
      return new Done(look, 0);
    }
    CaptureState.check(sql, migration, request.move());
    Partitions.requireLogged(sql, migration, request.move());
    boolean shed = take == Take.SHED;
    if (shed && look.outside() == 0 && request.move().owns() == null) {
      // All rows are as in one moment of the source: nothing is in anybody's way for a while only.
      return new Done(look, 0);
    }
    List<TailRow.Member> joining =
        look.filled() == 0 ? List.of() : shed ? tail.filled(sql) : tail.join(sql);
    Cut cut = take == Take.CUT ? cut(sql, look, joining) : Cut.NONE;
    Pending window = window(sql, look, joining, cut);
    if (take == Take.FIND) {
      BadKeys.find(sql, request.move(), applier, window);
    }
    window.without(passing.keys());
    if (!window.isEmpty()) {
      converge(sql, look, joining, window, shed);
    }
    Partitions.confirm(sql, migration, request.move());
    if (shed) {
      return new Done(look, 0);
    }
    long millis = Duration.ofNanos(System.nanoTime() - began).toMillis();
    tail.applied(sql, cut.snapshot(), window.size(), millis);
    return new Done(look, window.size());
  }

  // Unique values may meet for a while when a window is cut: not once unique indexes are built.
  private Cut cut(Sql sql, TailRow.Look look, List<TailRow.Member> joining) throws SQLException {
    if (look.outside() == 0 && !direction.projection().uniqueColumns().isEmpty()) {
      return Cut.NONE;
    }
    String applied = look.applied();
    if (applied != null) {
      return Cut.of(sql, direction.log(), applied);
    }
    return joining.isEmpty() ? Cut.NONE : Cut.of(sql, direction.log(), joining.get(0).applied());
  }

  private Pending window(Sql sql, TailRow.Look look, List<TailRow.Member> joining, Cut cut)
      throws SQLException {
    Pending window = new Pending(sql, direction.log());
    for (TailRow.Member range : joining) {
      window.add(WindowSql.keysIn(direction.log(), range.applied(), cut, range.keys()));
    }
    String applied = look.applied();
    if (applied != null) {
      window.add(followed(applied, look.outside() == 0, joining, cut));
    }
    window.close();
    return window;
  }

  private Fragment followed(String applied, boolean all, List<TailRow.Member> joining, Cut cut) {
    if (all) {
      return WindowSql.keysIn(direction.log(), applied, cut, KeyRange.ALL);
    }
    List<String> joined = joining.stream().map(range -> String.valueOf(range.number())).toList();
    return WindowSql.keysInTail(
        direction.log(), applied, cut, migration, request.move().number(), joined);
  }

  private void converge(
      Sql sql, TailRow.Look look, List<TailRow.Member> joining, Pending window, boolean shed)
      throws SQLException {
    List<? extends KeyScope> scopes =
        window.emptied()
            ? everything(sql, look, shed ? joining : List.of())
            : List.of(window.scope());
    if (shed) {
      applier.shed(sql, scopes);
      return;
    }
    if (Pieces.areMany(window)
        && look.outside() == 0
        && Pieces.mayCut(sql, direction, migration, request.move())) {
      way.during(sql, () -> applier.converge(sql, scopes));
    } else {
      applier.converge(sql, scopes);
    }
    if (quarantine.applies()) {
      for (KeyScope scope : scopes) {
        quarantine.forget(sql, direction.projection(), scope);
      }
    }
  }

  private List<? extends KeyScope> everything(
      Sql sql, TailRow.Look look, List<TailRow.Member> beside) throws SQLException {
    Stream<TailRow.Member> members = Stream.concat(tail.members(sql).stream(), beside.stream());
    return look.outside() == look.filled()
        ? List.of(KeyRange.ALL)
        : members.map(TailRow.Member::keys).toList();
  }
}
