package dev.kedge.ledger;

import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One move's ranges, as one worker sees them. What claims says who works on what; what fences
 * returns false or nothing when the range is not the caller's any more, and then nothing may be
 * written in that transaction.
 */
public final class Ledger {
  private final Database database;
  private final MoveScope scope;
  private final long migration;

  private Ledger(Database database, MoveScope scope, long migration) {
    this.database = database;
    this.scope = scope;
    this.migration = migration;
  }

  /** The ledger of a move; fails with FENCED when the scope's epoch is over. */
  public static Ledger open(Database database, MoveScope scope) throws SQLException {
    return new Ledger(database, scope, Migrations.current(database, scope.scope()));
  }

  public long migration() {
    return migration;
  }

  public MoveScope scope() {
    return scope;
  }

  /** Leases a range that is open and nobody's for half a minute. */
  public Optional<Claim> claim(String owner) throws SQLException {
    return claim(owner, Set.of());
  }

  /** The same, but none of {@code aside}. */
  public Optional<Claim> claim(String owner, Set<Integer> aside) throws SQLException {
    return run(
        "claim",
        sql -> {
          Optional<Integer> range =
              sql.first(
                  LedgerSql.CLAIM,
                  row -> row.getInt("range"),
                  migration,
                  move(),
                  epoch(),
                  aside.stream().map(String::valueOf).toList(),
                  leasedTo(owner),
                  migration,
                  move());
          if (range.isEmpty()) {
            return Optional.empty();
          }
          sql.update(LedgerSql.STARTED, migration, move());
          return Optional.of(read(sql, range.get()));
        });
  }

  /** Counts what was met on the way, for the status. */
  public void met(SQLException error) {
    Contention.count(database, scope.scope(), error);
  }

  /** Cuts what is left of the largest range in two, so that there is one to claim. */
  public boolean split() throws SQLException {
    RangeCut cut = new RangeCut(database, this);
    try {
      Optional<RangeCut.Place> place = cut.find();
      return place.isPresent() && cut.at(place.get());
    } catch (SQLException e) {
      // Its owner is in a long chunk, or somebody else cuts at the same moment: it was only a
      // favour.
      if (SqlStates.kindOf(e) == SqlStates.Kind.CONTENTION || "23505".equals(e.getSQLState())) {
        return false;
      }
      throw e;
    }
  }

  /** The range as it is now. */
  public Claim reread(int range) throws SQLException {
    return run("look", sql -> read(sql, range));
  }

  /** The time a chunk aims at, if somebody tuned it. */
  public Optional<Duration> tunedChunk() throws SQLException {
    return run(
        "look",
        sql ->
            sql.first(LedgerSql.TUNED, row -> row.getLong("chunk_millis"), migration)
                .filter(millis -> millis > 0)
                .map(Duration::ofMillis));
  }

  /** Keeps the owner's leases. */
  public void renew(String owner) throws SQLException {
    touch(LedgerSql.RENEW, owner);
  }

  /** Gives the owner's leases back. */
  public void release(String owner) throws SQLException {
    touch(LedgerSql.RELEASE, owner);
  }

  /**
   * Fence of a first claim, to be the first statement of its READ COMMITTED transaction: captured
   * keys are applied from its snapshot on.
   */
  public boolean begin(Sql sql, Claim claim) throws SQLException {
    return sql.update(LedgerSql.BEGIN, migration, move(), claim.range(), epoch(), claim.turn())
        == 1;
  }

  /** Fence of a chunk: moves the cursor to where the chunk ends, and with it the state. */
  public boolean advance(Sql sql, Claim from, Claim to) throws SQLException {
    return sql.update(
            LedgerSql.ADVANCE,
            to.cursor(),
            to.state(),
            to.pass(),
            migration,
            move(),
            from.range(),
            epoch(),
            from.turn(),
            from.pass(),
            from.cursor())
        == 1;
  }

  /** Counts rows, under the fence. */
  public void count(Sql sql, int range, long rows) throws SQLException {
    sql.update(LedgerSql.COUNT, rows, migration, move(), range);
  }

  /** Fence of an apply round: the snapshot applied last, or nothing when the range is lost. */
  public Optional<String> hold(Sql sql, Claim claim) throws SQLException {
    return sql.first(
        LedgerSql.HOLD,
        row -> row.getString("applied"),
        migration,
        move(),
        claim.range(),
        epoch(),
        claim.turn(),
        claim.cursor());
  }

  /**
   * Stores what was applied, under the fence.
   *
   * @param snapshot null for the transaction's own
   */
  public void applied(Sql sql, int range, @Nullable String snapshot) throws SQLException {
    sql.update(LedgerSql.APPLIED, snapshot, migration, move(), range);
  }

  /** Ranges still open, or nothing when the epoch is over. */
  public Optional<Long> open() throws SQLException {
    return run(
        "look",
        sql ->
            sql.one(
                LedgerSql.OPEN,
                row ->
                    row.getBoolean("current")
                        ? Optional.of(row.getLong("open"))
                        : Optional.<Long>empty(),
                epoch(),
                migration,
                epoch(),
                migration,
                move()));
  }

  /** Notes that all ranges are filled, once they are. */
  public void noteFilled() throws SQLException {
    run("claim", sql -> sql.update(LedgerSql.FINISHED, migration, epoch(), migration, move()));
  }

  private void touch(String statement, String owner) throws SQLException {
    run(
        "claim",
        sql ->
            sql.update(statement, migration, move(), leasedTo(owner), epoch(), migration, move()));
  }

  private String leasedTo(String owner) {
    return epoch() + "/" + owner;
  }

  private Claim read(Sql sql, int range) throws SQLException {
    return sql.one(LedgerSql.READ, Ledger::claim, migration, move(), range);
  }

  private static Claim claim(ResultSet row) throws SQLException {
    return new Claim(
        row.getInt("range"),
        key(row, "lo"),
        key(row, "hi"),
        key(row, "cursor"),
        row.getLong("turn"),
        row.getInt("pass"),
        row.getString("state"),
        row.getLong("epoch"),
        row.getString("applied"));
  }

  private static @Nullable List<String> key(ResultSet row, String column) throws SQLException {
    return Sql.texts(row, column);
  }

  private <T> T run(String purpose, Work<T> work) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(scope.scope().migration(), purpose).relaxed(), work);
  }

  private int move() {
    return scope.move().number();
  }

  private long epoch() {
    return scope.scope().epoch();
  }
}
