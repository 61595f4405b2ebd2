package dev.kedge.ledger;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what is left of the largest open range in two, for a lane that finds none of its own. The
 * range keeps the lower part with all that was done of it: its cursor, and the snapshot up to which
 * its captured keys were applied. The upper part is a range like any that nobody has begun: nothing
 * of it is filled, so nothing captured there is missed, and its snapshot is taken by whoever claims
 * it. The range's row is taken under its epoch and its turn goes on, so its owner's next fence
 * finds nothing, writes nothing, and reads the range anew.
 */
final class RangeCut {
  // Less is filled before somebody else has begun.
  private static final long LEAST = 20_000;
  private static final double SAMPLED_PAGES = 1_000;

  private final Database database;
  private final MovePlan move;
  private final String name;
  private final long migration;
  private final long epoch;
  private final long least;

  RangeCut(Database database, Ledger ledger) {
    this(database, ledger, LEAST);
  }

  RangeCut(Database database, Ledger ledger, long least) {
    this.database = database;
    this.move = ledger.scope().move();
    this.name = ledger.scope().scope().migration();
    this.migration = ledger.migration();
    this.epoch = ledger.scope().scope().epoch();
    this.least = least;
  }

  /** Where a range is cut. */
  record Place(int range, List<String> key) {}

  /** What the upper part takes over. */
  private record Rest(@Nullable List<String> hi, int pass) {}

  /** Finds the place; nothing when every range is nearly done. */
  Optional<Place> find() throws SQLException {
    return database.inTransaction(Transaction.readCommitted(name, "look").relaxed(), this::find);
  }

  private Optional<Place> find(Sql sql) throws SQLException {
    long pages =
        sql.one(SplitSql.ESTIMATE, row -> row.getLong("pages"), Quoting.table(move.source()));
    double percent = Math.min(100, 100 * SAMPLED_PAGES / pages);
    return sql.first(
        SplitSql.largestLeft(move),
        row -> new Place(row.getInt("range"), Objects.requireNonNull(Sql.texts(row, "key"))),
        percent,
        migration,
        move.number(),
        epoch,
        100 / percent,
        least);
  }

  /** Cuts there; false when the range's owner is there already, or the epoch is over. */
  boolean at(Place place) throws SQLException {
    return database.inTransaction(Transaction.readCommitted(name, "claim"), sql -> at(sql, place));
  }

  private boolean at(Sql sql, Place place) throws SQLException {
    if (sql.first(SplitSql.CURRENT, row -> "", migration, epoch).isEmpty()) {
      return false;
    }
    List<Object> binds = new ArrayList<>(List.of(migration, move.number(), place.range(), epoch));
    binds.addAll(place.key());
    binds.addAll(place.key());
    Optional<Rest> rest =
        sql.first(
            SplitSql.take(move),
            row -> new Rest(Sql.texts(row, "hi"), row.getInt("pass")),
            binds.toArray());
    if (rest.isEmpty()) {
      return false;
    }
    sql.update(SplitSql.END, place.key(), migration, move.number(), place.range());
    sql.update(
        SplitSql.INSERT_REST,
        migration,
        move.number(),
        place.key(),
        rest.get().hi(),
        place.key(),
        rest.get().pass(),
        epoch,
        migration,
        move.number());
    return true;
  }
}
