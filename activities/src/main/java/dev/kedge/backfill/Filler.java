package dev.kedge.backfill;

import dev.kedge.activity.MoveScope;
import dev.kedge.ledger.Ledger;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.KeyRange;
import java.sql.SQLException;
import java.time.Duration;

/** What one chunk of a move is. Everything around it (claims, fences, sizes) is the lane's. */
@FunctionalInterface
public interface Filler {
  /** How long rows that others write may be locked, whatever a chunk aims at. */
  Duration LONGEST_IN_PLACE = Duration.ofMillis(50);

  /**
   * Fills the keys of {@code chunk}, in the transaction that holds the range's fence. Returns how
   * many rows it wrote; on an error nothing was.
   */
  long fill(Sql sql, MoveScope request, KeyRange chunk) throws SQLException;

  /** What goes on beside a turn of a lane until it is closed; nothing for most. */
  default Beside beside(Database database, Ledger ledger) {
    return () -> {};
  }

  /** Work that is ended with the turn. */
  @FunctionalInterface
  interface Beside extends AutoCloseable {
    @Override
    void close();
  }
}
