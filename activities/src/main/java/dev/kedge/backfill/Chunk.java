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
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One chunk: its rows and its cursor commit in one READ COMMITTED transaction. */
final class Chunk {
  // A chunk that takes this much longer than it should is given up and halved.
  private static final int PATIENCE = 20;

  private final Database database;
  private final Ledger ledger;
  private final Filler filler;
  private final int passes;
  private final KeySide key;
  private MoveScope request;

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
  }

  /** A chunk that committed: the range after it, and the rows it wrote. */
  record Filled(Claim claim, long rows) {}

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
    return database.inTransaction(
        transaction("fill")
            .statementTimeout(aim().multipliedBy(PATIENCE))
            // A worker that stands still holds what it wrote no longer than two chunks take.
            .silence(aim().multipliedBy(2)),
        sql -> fill(sql, claim, rows));
  }

  /** Takes over what somebody tuned since. */
  void tune() throws SQLException {
    MovePlan move = request.move();
    Duration tuned = ledger.tunedChunk().orElse(ledger.scope().move().chunk());
    request = new MoveScope(request.scope(), move.withChunk(tuned));
  }

  /** How long a chunk should take. */
  Duration aim() {
    return request.move().chunk();
  }

  private Optional<Filled> fill(Sql sql, Claim claim, long rows) throws SQLException {
    sql.execute(AlongTheKey.SETTINGS);
    // Any key will do for a boundary, so it may be read before the fence.
    List<String> boundary = boundary(sql, claim, rows);
    Claim after = claim.after(boundary, passes);
    if (!ledger.advance(sql, claim, after)) {
      return Optional.empty();
    }
    KeyRange keys = new KeyRange(claim.cursor(), boundary == null ? claim.hi() : boundary);
    long written = filler.fill(sql, request, keys);
    ledger.count(sql, claim.range(), written);
    Partitions.confirm(sql, ledger.migration(), request.move());
    return Optional.of(new Filled(after, written));
  }

  private @Nullable List<String> boundary(Sql sql, Claim claim, long rows) throws SQLException {
    Fragment query = ChunkSql.boundary(request.move().source(), key, claim.rest(), rows);
    return sql.first(
            query.text(), row -> Objects.requireNonNull(Sql.texts(row, "key")), query.values())
        .orElse(null);
  }

  private Transaction transaction(String purpose) {
    return Transaction.readCommitted(request.scope().migration(), purpose).relaxed();
  }
}
