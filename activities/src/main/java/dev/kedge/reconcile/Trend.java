package dev.kedge.reconcile;

import dev.kedge.ledger.Observations;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * What each round of a compare came to, one after the other: of that guards see whether findings
 * become more, and people when they came.
 */
final class Trend {
  private final Subject subject;
  private final Notes notes;

  Trend(Subject subject, Notes notes) {
    this.subject = subject;
    this.notes = notes;
  }

  /** When a round begins, by the database's clock. */
  String begin() throws SQLException {
    return notes.write(sql -> sql.one(TrendSql.NOW, row -> row.getString("now")));
  }

  /** Keeps what a round came to, and says so when that is another thing than before. */
  void end(String begun) throws SQLException {
    long migration = subject.migration();
    int move = subject.move().number();
    notes.write(
        sql -> {
          Round round =
              sql.one(
                  TrendSql.KEEP,
                  Round::of,
                  migration,
                  move,
                  subject.scope().scope().epoch(),
                  begun);
          if (round.found() > 0 || round.open() != round.before()) {
            Observations.note(sql, migration, round.words(move));
          }
          sql.update(TrendSql.FORGET, migration, move);
          return "";
        });
  }

  /**
   * A round.
   *
   * @param found findings that it brought
   * @param open all that are open after it
   * @param before those that were open after the round before
   */
  private record Round(long found, long open, long before) {
    static Round of(ResultSet row) throws SQLException {
      return new Round(row.getLong("found"), row.getLong("open"), row.getLong("before"));
    }

    String words(int move) {
      return "move %d: findings open after a round: %d; before: %d; new: %d"
          .formatted(move, open, before, found);
    }
  }
}
