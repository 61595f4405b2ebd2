package dev.kedge.capture;

import dev.kedge.activity.MoveScope;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.TailRow;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes in that partitions came, went or were emptied, which no row trigger tells: the tail's work,
 * beside its rounds. What changed is noted at once, in one short transaction; from then on whatever
 * reads or writes the tree goes on. Then each partition that came gets the triggers it cannot
 * inherit, and only after that are its keys written to the log, page by page, with those keys of
 * the other side that its bound allows. What has happened to it before that is in what a later
 * round reads; what happens after it is captured. Until all keys are in the log nothing is compared
 * and nothing handed over.
 */
public final class PartitionWatch {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final int KEYS_A_PAGE = 5_000;

  private final Database database;
  private final MoveScope request;
  private final MovePlan move;
  private final long migration;
  private @Nullable Boolean partitioned;
  private boolean tidied;
  private long lookAt = System.nanoTime();
  private long installAt = System.nanoTime();
  private @Nullable Page page;

  public PartitionWatch(Database database, MoveScope request, long migration) {
    this.database = database;
    this.request = request;
    this.move = request.move();
    this.migration = migration;
  }

  /** How far the keys of one partition are logged; after is null before the first page. */
  private record Page(PartitionWork of, boolean other, @Nullable List<String> after) {}

  /** Looks at the next chance, whenever it looked last: somebody has met a change. */
  public void lookSoon() {
    lookAt = System.nanoTime();
  }

  /** Looks, about once a second, and does one short thing; true when there is more to do. */
  public boolean attend(TailRow.Look look) throws SQLException {
    if (!isPartitioned()) {
      return false;
    }
    if (System.nanoTime() - lookAt >= 0) {
      lookAt = System.nanoTime() + LOOK_EVERY.toNanos();
      if (read(this::isChanged)) {
        fenced("partitions", this::note);
      }
      tidy();
    }
    return work(look.forward());
  }

  private boolean isPartitioned() throws SQLException {
    if (partitioned == null) {
      partitioned = read(sql -> Partitions.isPartitioned(sql, migration, move));
    }
    return partitioned;
  }

  private boolean isChanged(Sql sql) throws SQLException {
    CaptureState.Look look = CaptureState.look(sql, migration, move);
    return !Objects.equals(look.tree(), look.treeNow())
        || sql.first(PartitionSql.ANY_EMPTIED, row -> true, migration, move.number()).isPresent();
  }

  // Forgets nothing that is pending: what is noted twice is logged twice.
  private boolean note(Sql sql) throws SQLException {
    CaptureState.Look look = CaptureState.look(sql, migration, move);
    Tree before = Tree.parse(look.tree());
    Tree now = Tree.parse(look.treeNow());
    List<Tree.Node> gone = before.without(now);
    CaptureState.requireKept(move, look, gone);
    List<Emptied> emptied =
        sql.list(
            PartitionSql.TAKE_EMPTIED,
            row -> new Emptied(row.getString("side"), row.getString("leaf")),
            migration,
            move.number());
    if (before.equals(now) && emptied.isEmpty()) {
      return false;
    }
    tidied = tidied && gone.isEmpty();
    Map<String, Partitions.Table> tables = Partitions.tables(sql, move, now);
    Kept kept = kept(sql);
    Set<PartitionWork> pending = new LinkedHashSet<>(kept.pending());
    PartitionNews news = new PartitionNews(move);
    for (Tree.Node node : gone) {
      news.went(node);
      pending.add(new PartitionWork(node.side(), node.oid(), kept.bounds().get(node.oid()), false));
    }
    for (Tree.Node node : now.without(before)) {
      news.came(node);
      pending.add(Partitions.came(node, tables));
    }
    for (Emptied leaf : emptied) {
      String bound = kept.bounds().get(leaf.oid());
      if (bound != null) {
        news.emptied(leaf.oid());
        pending.add(new PartitionWork(leaf.side(), leaf.oid(), bound, false));
      }
    }
    news.note(sql, migration);
    sql.update(
        PartitionSql.NOTE,
        look.treeNow(),
        now.members(),
        PartitionWork.writeBounds(Partitions.bounds(tables)),
        CaptureState.without(look, gone),
        PartitionWork.write(List.copyOf(pending)),
        migration,
        move.number());
    return true;
  }

  private record Emptied(String side, String oid) {}

  private record Kept(Map<String, String> bounds, List<PartitionWork> pending) {}

  private Kept kept(Sql sql) throws SQLException {
    return sql.first(
            PartitionSql.KEPT,
            row ->
                new Kept(
                    PartitionWork.parseBounds(row.getString("bounds")),
                    PartitionWork.parse(row.getString("pending"))),
            migration,
            move.number())
        .orElse(new Kept(Map.of(), List.of()));
  }

  private boolean work(boolean forward) throws SQLException {
    Page now = page;
    if (now == null) {
      return begin();
    }
    List<String> last = follows(forward) ? log(now, forward) : null;
    if (last != null) {
      page = new Page(now.of(), now.other(), last);
    } else if (now.other()) {
      fenced("partitions", sql -> done(sql, now.of()));
      page = null;
    } else {
      page = new Page(now.of(), true, null);
    }
    return true;
  }

  private boolean begin() throws SQLException {
    Optional<PartitionWork> next = read(this::kept).pending().stream().findFirst();
    if (next.isEmpty()) {
      return false;
    }
    PartitionWork work = next.get();
    if (work.came() && !install(work)) {
      return false;
    }
    if (work.bound() == null) {
      fenced("partitions", sql -> done(sql, work));
    } else {
      page = new Page(work, !work.came(), null);
    }
    return true;
  }

  // Once a second: whoever is in the way keeps rounds waiting for no longer than the lock_timeout.
  private boolean install(PartitionWork work) throws SQLException {
    if (System.nanoTime() - installAt < 0) {
      return false;
    }
    try {
      fenced("ddl", sql -> install(sql, work));
      return true;
    } catch (SQLException e) {
      if (SqlStates.kindOf(e) != SqlStates.Kind.CONTENTION) {
        throw e;
      }
      installAt = System.nanoTime() + LOOK_EVERY.toNanos();
      return false;
    }
  }

  private boolean install(Sql sql, PartitionWork work) throws SQLException {
    sql.first(PartitionSql.LOCK_TIMEOUT, row -> "");
    CaptureNames names = CaptureNames.of(migration, move);
    Optional<Partitions.Table> table = table(sql, work.oid());
    if (table.isEmpty() || !isUnder(sql, work)) {
      // Gone again: that is noted on its own.
      return false;
    }
    Partitions.Table found = table.get();
    PartitionedSide.makeTriggers(
        sql,
        names,
        request,
        work.onTarget(),
        new PartitionedSide.Member(found.oid(), found.name(), found.kind()));
    if (!isUnder(sql, work)) {
      throw new PartitionsChanged(move);
    }
    CaptureState.Look look = CaptureState.look(sql, migration, move);
    sql.update(
        PartitionSql.STORE_CAPTURE, CaptureState.with(look, work.oid()), migration, move.number());
    return true;
  }

  private boolean isUnder(Sql sql, PartitionWork work) throws SQLException {
    return sql.one(
        PartitionSql.IS_UNDER,
        row -> row.getBoolean("under"),
        work.oid(),
        Quoting.table(work.onTarget() ? move.target() : move.source()));
  }

  private static Optional<Partitions.Table> table(Sql sql, String oid) throws SQLException {
    return Partitions.tables(sql, List.of(oid)).stream().findFirst();
  }

  /** Logs a page; the last key of it, or null at the end. */
  private @Nullable List<String> log(Page at, boolean forward) throws SQLException {
    return fenced("partitions", sql -> log(sql, at, forward)).orElse(null);
  }

  private Optional<List<String>> log(Sql sql, Page at, boolean forward) throws SQLException {
    // Row security would hide keys without a word.
    sql.execute("SET LOCAL row_security = off");
    KeyLog log = forward ? KeyLog.forward(migration, move) : KeyLog.reverse(migration, move);
    PartitionWork of = at.of();
    KeySide own = of.onTarget() ? Projection.targetKey(move) : Projection.sourceKey(move);
    KeySide other = of.onTarget() ? Projection.sourceKey(move) : Projection.targetKey(move);
    String table;
    if (at.other()) {
      table = Quoting.table(of.onTarget() ? move.source() : move.target());
    } else {
      Optional<Partitions.Table> found = table(sql, of.oid());
      if (found.isEmpty()) {
        return Optional.empty();
      }
      table = found.get().name();
    }
    Fragment keys =
        PartitionSql.logKeys(
            table,
            at.other() ? other : own,
            log,
            own,
            at.other() ? Objects.requireNonNull(of.bound()) : "true",
            at.after(),
            KEYS_A_PAGE);
    return sql.first(
        keys.text(), row -> Objects.requireNonNull(Sql.texts(row, "key")), keys.values());
  }

  private boolean done(Sql sql, PartitionWork work) throws SQLException {
    List<PartitionWork> left = new ArrayList<>(kept(sql).pending());
    left.remove(work);
    sql.update(PartitionSql.STORE_PENDING, PartitionWork.write(left), migration, move.number());
    return true;
  }

  // Tables that are no partitions any more: their triggers know that, but they are still there.
  private void tidy() throws SQLException {
    if (tidied) {
      return;
    }
    tidied = true;
    CaptureNames names = CaptureNames.of(migration, move);
    for (PartitionedSide.Member carrier : read(this::strangers)) {
      try {
        fenced(
            "ddl",
            sql -> {
              sql.first(PartitionSql.LOCK_TIMEOUT, row -> "");
              return PartitionedSide.dropTriggers(sql, names, carrier.name());
            });
      } catch (SQLException e) {
        if (SqlStates.kindOf(e) != SqlStates.Kind.CONTENTION) {
          throw e;
        }
        tidied = false;
      }
    }
  }

  private List<PartitionedSide.Member> strangers(Sql sql) throws SQLException {
    List<String> ours =
        new ArrayList<>(
            Tree.parse(CaptureState.look(sql, migration, move).treeNow()).nodes().stream()
                .map(Tree.Node::oid)
                .toList());
    ours.addAll(
        sql.list(
            PartitionSql.ROOTS,
            row -> row.getString("oid"),
            Quoting.table(move.source()),
            Quoting.table(move.target())));
    return PartitionedSide.carriers(sql, migration, move, ours);
  }

  private boolean follows(boolean forward) {
    return forward || !move.reverse().isEmpty();
  }

  private <T> T read(Work<T> work) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "look").relaxed(), work);
  }

  private <T> T fenced(String purpose, Work<T> work) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), purpose),
        sql -> {
          long epoch = request.scope().epoch();
          if (sql.first(PartitionSql.FENCE, row -> true, migration, move.number(), epoch)
              .isEmpty()) {
            throw Migrations.over(request.scope());
          }
          return work.in(sql);
        });
  }
}
