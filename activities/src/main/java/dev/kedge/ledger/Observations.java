package dev.kedge.ledger;

import dev.kedge.postgres.Sql;
import java.sql.SQLException;

/** What was seen of a migration while it ran, in the order it was; the status shows the latest. */
public final class Observations {
  private static final String NOTE =
      "INSERT INTO kedge.observation (migration, words) VALUES (?, ?)";

  private Observations() {}

  /** Adds one, a sentence without any row's values. */
  public static void note(Sql sql, long migration, String words) throws SQLException {
    sql.update(NOTE, migration, words);
  }
}
