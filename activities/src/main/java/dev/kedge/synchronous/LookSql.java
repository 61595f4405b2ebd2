package dev.kedge.synchronous;

import dev.kedge.capture.KeyLog;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeySet;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;

/** The statements of {@link LookRound} and {@link LockingApplier}. */
final class LookSql {
  static final String OVERTAKEN =
      "UPDATE kedge.move SET overtaken = overtaken + 1 WHERE migration = ? AND move = ?";

  static final String LOCK_TIMEOUT =
      """
      SELECT greatest(1, least(100, setting::int / 8)) AS millis
      FROM pg_settings
      WHERE name = 'deadlock_timeout'""";

  private LookSql() {}

  /** Puts keys into the log again, as if the application had touched their rows. */
  static Fragment capture(Projection projection, KeyLog log, KeySet keys) {
    KeySide columns = log.columns();
    return Fragment.of("INSERT INTO %s (%s)\nWITH ".formatted(log.table(), columns.list("")))
        .then(projection.keys(keys))
        .then("\nSELECT %s FROM kedge_keys k".formatted(columns.list("k.")));
  }

  /** Marks that the whole table is to be looked at again. */
  static String captureAll(KeyLog log) {
    return "INSERT INTO %s (k1) VALUES (NULL)".formatted(log.table());
  }

  /**
   * Locks rows of the table that is read against writers; foreign keys may go on pointing there.
   */
  static Fragment lockRead(Projection projection, KeySet keys, boolean wait) {
    return lock(
        projection, keys, projection.read(), projection.readIn(keys), "NO KEY UPDATE", wait);
  }

  /** Locks rows of the table that is written. */
  static Fragment lockWritten(Projection projection, KeySet keys, boolean wait) {
    return lock(projection, keys, projection.written(), projection.writtenIn(keys), "UPDATE", wait);
  }

  private static Fragment lock(
      Projection projection,
      KeySet keys,
      dev.kedge.spec.TableName table,
      Fragment predicate,
      String mode,
      boolean wait) {
    return Fragment.of("WITH ")
        .then(projection.keys(keys))
        .then(
            "\nSELECT count(*) AS locked FROM (\n  SELECT 1 FROM %s\n  WHERE "
                .formatted(Projection.table(table)))
        .then(predicate)
        .then("\n  FOR %s%s\n) l".formatted(mode, wait ? "" : " NOWAIT"));
  }
}
