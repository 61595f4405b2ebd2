package dev.kedge.backfill;

import dev.kedge.activity.MoveScope;
import dev.kedge.ledger.Migrations;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeyScope;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Rows that cannot be taken over and were passed over, because the spec says so: by key, with the
 * reason and never a value. Each is tried again whenever its key is captured and from time to time;
 * as long as one is here it is a difference, and no gate opens. Who notes one needs no range's
 * fence: a note too many is gone with the next try.
 */
public final class Quarantine {
  /** More than these are not about single rows. */
  static final long MOST = 1_000;

  // Whoever broke a row may mend it elsewhere, where nothing is captured.
  private static final Duration AGAIN = Duration.ofSeconds(5);

  private static final String CURRENT =
      "SELECT id FROM kedge.migration WHERE id = ? AND epoch = ? AND open FOR SHARE";

  private static final String COUNT =
      "SELECT count(*) AS keys FROM kedge.quarantine WHERE migration = ? AND move = ?";

  private static final String NOTE =
      """
      INSERT INTO kedge.quarantine AS q (migration, move, key, sqlstate, words)
      VALUES (?, ?, ?::text[], ?, ?)
      ON CONFLICT (migration, move, key) DO UPDATE
      SET sqlstate = EXCLUDED.sqlstate, words = EXCLUDED.words, times = q.times + 1,
        at = clock_timestamp()""";

  private static final String DUE =
      """
      SELECT key
      FROM kedge.quarantine
      WHERE migration = ? AND move = ? AND at < clock_timestamp() - ? * interval '1 millisecond'
      ORDER BY at
      LIMIT 100""";

  private static final String FORGET =
      "DELETE FROM kedge.quarantine q\nWHERE q.migration = ? AND q.move = ?\n  AND ";

  private final MoveScope request;
  private final long migration;

  public Quarantine(MoveScope request, long migration) {
    this.request = request;
    this.migration = migration;
  }

  /** Whether rows may be passed over at all. */
  public boolean applies() {
    return request.move().quarantine();
  }

  /** How many there are. */
  public long count(Sql sql) throws SQLException {
    return sql.one(COUNT, row -> row.getLong("keys"), migration, move());
  }

  /** Puts a row here, under a fence of the caller's; fails by name when there are too many. */
  void note(Sql sql, List<String> key, SQLException error) throws SQLException {
    sql.update(NOTE, migration, move(), key, error.getSQLState(), SqlStates.describe(error));
    if (count(sql) > MOST) {
      throw BadRow.tooMany(request.move(), MOST, error);
    }
  }

  /** Puts a row here in a transaction of its own; fails with FENCED when the epoch is over. */
  void note(Database database, List<String> key, SQLException error) throws SQLException {
    database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "note").relaxed(),
        sql -> {
          if (sql.first(CURRENT, row -> "", migration, request.scope().epoch()).isEmpty()) {
            throw Migrations.over(request.scope());
          }
          note(sql, key, error);
          return "";
        });
  }

  /** Those that are to be tried again, a hundred at most. */
  List<List<String>> due(Sql sql) throws SQLException {
    return sql.list(
        DUE,
        row -> Objects.requireNonNull(Sql.texts(row, "key")),
        migration,
        move(),
        AGAIN.toMillis());
  }

  /** Takes out what is in {@code scope}, in the transaction that has brought it over. */
  void forget(Sql sql, Projection projection, KeyScope scope) throws SQLException {
    if (scope instanceof KeyRange range) {
      forget(sql, projection.readKey(), range);
      return;
    }
    Fragment keys = projection.keys(scope);
    int width = projection.readKey().names().size();
    Fragment forget =
        Fragment.of("WITH ")
            .then(keys)
            .then("\n" + FORGET, migration, move())
            .then(
                "(%s) IN (SELECT %s FROM %s k)"
                    .formatted(
                        typed(projection.readKey()),
                        IntStream.rangeClosed(1, width)
                            .mapToObj(i -> "k.k" + i)
                            .collect(Collectors.joining(", ")),
                        Projection.KEYS));
    sql.update(forget.text(), forget.values());
  }

  /** Takes out what is in a range, in the transaction that has filled it. */
  void forget(Sql sql, KeySide key, KeyRange range) throws SQLException {
    Fragment forget = Fragment.of(FORGET, migration, move()).then(key.inAs(range, typed(key)));
    sql.update(forget.text(), forget.values());
  }

  private static String typed(KeySide key) {
    return IntStream.range(0, key.types().size())
        .mapToObj(i -> "(q.key)[%d]::%s".formatted(i + 1, key.types().get(i)))
        .collect(Collectors.joining(", "));
  }

  private int move() {
    return request.move().number();
  }
}
