package dev.kedge.inplace;

import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Scope;
import dev.kedge.backfill.Filler;
import dev.kedge.ledger.Ledger;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.KeyRange;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Fills one chunk of a move in place, inside the transaction that holds its range's fence. */
public final class InPlaceFiller implements Filler {
  /** How long row locks of ours may last, whatever a chunk aims at. */
  public static final Duration LONGEST = LONGEST_IN_PLACE;

  private final Duration longest;
  private volatile @Nullable Known known;

  private record Known(Scope scope, int move, InPlaceNames names, SourceProof proof) {}

  public InPlaceFiller() {
    this(LONGEST);
  }

  InPlaceFiller(Duration longest) {
    this.longest = longest;
  }

  /**
   * Returns how many rows were not right before. Fails with 57014 when the chunk is too large for
   * its time, with 55P03 when somebody holds one of its rows, as {@link InPlaceCapture#check} when
   * the triggers do not stand, since what was filled would not stay so, and as {@link SourceProof}
   * when it changed what it reads.
   */
  @Override
  public long fill(Sql sql, MoveScope scope, KeyRange range) throws SQLException {
    Known now = known(sql, scope);
    new CapturedMove(now.names()).check(sql);
    sql.execute(FillSql.before(scope.move(), longest));
    return now.proof().fill(sql, scope, range);
  }

  // Of an epoch they never change, and a chunk is short.
  private Known known(Sql sql, MoveScope scope) throws SQLException {
    Known last = known;
    if (last == null || !last.scope().equals(scope.scope()) || last.move() != number(scope)) {
      InPlaceNames names = InPlaceNames.of(sql, scope);
      last = new Known(scope.scope(), number(scope), names, SourceProof.of(sql, names));
      known = last;
    }
    return last;
  }

  private static int number(MoveScope scope) {
    return scope.move().number();
  }

  @Override
  public Beside beside(Database database, Ledger ledger) {
    return TableVacuum.whileFilling(database, ledger);
  }
}
