package dev.kedge.backfill;

import dev.kedge.activity.MoveScope;
import dev.kedge.capture.CaptureState;
import dev.kedge.capture.Partitions;
import dev.kedge.ledger.Claim;
import dev.kedge.ledger.Ledger;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.AlongTheKey;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One chunk: its rows and its cursor commit in one READ COMMITTED transaction. */
final class Chunk {
  private static final Logger LOG = LoggerFactory.getLogger(Chunk.class);

  // A chunk that takes this much longer than it should is given up.
  private static final int PATIENCE = 20;

  private final Database database;
  private final Ledger ledger;
  private final Filler filler;
  private final int passes;
  private final KeySide key;
  private MoveScope request;
  private final Quarantine quarantine;
  private final Ahead ahead = new Ahead();
  private Width width = Width.UNKNOWN;
  private @Nullable List<String> end;

  /**
   * @param passes how often all keys are walked
   */
  Chunk(Database database, Ledger ledger, Filler filler, int passes) {
    this.database = database;
    this.ledger = ledger;
    this.filler = filler;
    this.passes = passes;
    this.request = ledger.scope();
    this.key = Projection.sourceKey(request.move());
    this.quarantine = new Quarantine(request, ledger.migration());
  }

  /**
   * A chunk that committed.
   *
   * @param claim the range after it
   * @param rows the rows it wrote
   * @param walked the rows it read, as far as they were counted
   * @param took what its rows took: not its boundary, fence and ledger, which more rows do not make
   *     longer
   */
  record Filled(Claim claim, long rows, long walked, Duration took) {}

  /**
   * Where a chunk ends.
   *
   * @param key its last key; null at the end of its range
   * @param walked its rows
   */
  record End(@Nullable List<String> key, long walked) {}

  /** Marks from which snapshot on captured keys count; false when the range is lost. */
  boolean begin(Claim claim) throws SQLException {
    return database.inTransaction(
        transaction("claim"),
        sql -> {
          boolean held = ledger.begin(sql, claim);
          if (held) {
            CaptureState.check(sql, ledger.migration(), request.move());
          }
          return held;
        });
  }

  /** Fills up to {@code rows} rows; nothing when the range is lost. */
  Optional<Filled> fill(Claim claim, long rows) throws SQLException {
    Optional<End> known =
        width.counted().isEmpty() ? ahead.take(claim.rest(), rows) : Optional.empty();
    return database.inTransaction(
        transaction("fill")
            .statementTimeout(aim().multipliedBy(PATIENCE))
            // A worker that stands still holds what it wrote no longer than two chunks take.
            .silence(aim().multipliedBy(2))
            .set(AlongTheKey.SETTINGS),
        sql -> fill(sql, claim, rows, known));
  }

  /**
   * Passes over the next row, which goes into quarantine, if it is the one with this key; nothing
   * when it is not, or when the range is lost. Should a row come before it meanwhile, or the row
   * itself change, then its key is captured after the range's snapshot, and a round brings it.
   */
  Optional<Filled> passOver(Claim claim, List<String> bad, SQLException error) throws SQLException {
    return database.inTransaction(
        transaction("fill").set(AlongTheKey.SETTINGS),
        sql -> {
          Claim after = claim.after(bad, passes);
          if (!bad.equals(boundary(sql, claim, 1).key()) || !ledger.advance(sql, claim, after)) {
            return Optional.empty();
          }
          quarantine.note(sql, bad, error);
          Partitions.confirm(sql, ledger.migration(), request.move());
          return Optional.of(new Filled(after, 0, 1, Duration.ZERO));
        });
  }

  /** Takes over what somebody tuned since, and looks at the rows that come next. */
  void look(Claim claim) throws SQLException {
    MovePlan move = request.move();
    Duration tuned = ledger.tunedChunk().orElse(ledger.scope().move().chunk());
    request = new MoveScope(request.scope(), move.withChunk(tuned));
    if (copies()) {
      measure(claim);
    }
  }

  private void measure(Claim claim) throws SQLException {
    try {
      width =
          database.inTransaction(
              transaction("look")
                  .statementTimeout(aim().multipliedBy(PATIENCE))
                  .set(AlongTheKey.SETTINGS),
              sql -> Width.of(sql, request.move(), claim.rest()));
    } catch (SQLException e) {
      // Somebody holds the table: it is looked at again soon. Whatever else it is, the chunk meets
      // it, too, and in a place that knows what to do.
      LOG.debug("the width of rows is not known: {}", e.getSQLState());
    }
  }

  /** How many of {@code rows} rows a chunk may have as far as is known before it is tried. */
  long atMost(long rows) {
    return width.atMost(rows);
  }

  /** How long a chunk should take. */
  Duration aim() {
    Duration chunk = request.move().chunk();
    if (copies()) {
      return chunk;
    }
    // Its rows are locked until it ends. What takes longer than the bound is given up, so less is
    // aimed at.
    Duration longest = Filler.LONGEST_IN_PLACE;
    Duration bound = chunk.compareTo(longest) < 0 ? chunk : longest;
    return bound.multipliedBy(3).dividedBy(5);
  }

  /** The key at which the last chunk ended or, when it failed, would have. */
  Optional<List<String>> end() {
    return Optional.ofNullable(end);
  }

  private boolean copies() {
    return request.move().kind() == MovePlan.Kind.COPY;
  }

  private Optional<Filled> fill(Sql sql, Claim claim, long rows, Optional<End> known)
      throws SQLException {
    // Any key will do for a boundary, so it may be read before the fence, and by somebody else.
    End boundary = known.isPresent() ? known.get() : boundary(sql, claim, rows);
    end = boundary.key();
    Claim after = claim.after(end, passes);
    if (!ledger.advance(sql, claim, after)) {
      return Optional.empty();
    }
    if (end != null) {
      expect(after, rows);
    }
    KeyRange keys = new KeyRange(claim.cursor(), end == null ? claim.hi() : end);
    long began = System.nanoTime();
    long written = filler.fill(sql, request, keys);
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    ledger.count(sql, claim.range(), written);
    if (quarantine.applies() && !copies()) {
      // In place nothing is captured: the second walk is what tries again.
      quarantine.forget(sql, key, keys);
    }
    if (copies()) {
      Partitions.confirm(sql, ledger.migration(), request.move());
    }
    return Optional.of(new Filled(after, written, end == null ? written : boundary.walked(), took));
  }

  /** Has the end of a chunk of {@code rows} rows looked for until it is filled. */
  void expect(Claim claim, long rows) {
    if (width.counted().isEmpty()) {
      ahead.ask(claim.rest(), rows, () -> boundaryAlone(claim, rows));
    }
  }

  private End boundaryAlone(Claim claim, long rows) throws SQLException {
    return database.inTransaction(
        transaction("look")
            .statementTimeout(aim().multipliedBy(PATIENCE))
            .set(AlongTheKey.SETTINGS),
        sql -> boundary(sql, claim, rows, List.of()));
  }

  private End boundary(Sql sql, Claim claim, long rows) throws SQLException {
    List<String> counted =
        !width.counted().isEmpty() && isTooMuch(sql, claim, rows) ? width.counted() : List.of();
    return boundary(sql, claim, rows, counted);
  }

  private End boundary(Sql sql, Claim claim, long rows, List<String> sizes) throws SQLException {
    boolean counted = !sizes.isEmpty();
    Fragment query =
        counted
            ? WidthSql.boundary(
                request.move().source(), key, claim.rest(), sizes, rows, Width.BUDGET)
            : ChunkSql.boundary(request.move().source(), key, claim.rest(), rows);
    return sql.first(
            query.text(),
            row -> new End(Sql.texts(row, "key"), counted ? row.getLong("walked") : rows),
            query.values())
        .orElse(new End(null, 0));
  }

  private boolean isTooMuch(Sql sql, Claim claim, long rows) throws SQLException {
    Fragment total =
        WidthSql.total(request.move().source(), key, claim.rest(), width.counted(), rows);
    return sql.one(total.text(), row -> row.getLong("bytes"), total.values()) > Width.BUDGET;
  }

  private Transaction transaction(String purpose) {
    return Transaction.readCommitted(request.scope().migration(), purpose).relaxed();
  }
}
