package dev.kedge.reconcile;

import dev.kedge.activity.Failures;
import dev.kedge.capture.Partitions;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import dev.kedge.projection.AlongTheKey;
import dev.kedge.projection.Fragment;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The short snapshots that a move is compared in. Each is a REPEATABLE READ transaction that locks
 * the tables first: what happened to them before the lock is in the snapshot, what comes after
 * waits, so an emptied table never looks like one without rows.
 */
final class Snapshots {
  private final Database database;
  private final Subject subject;
  private final String tables;
  private final @Nullable String log;
  private final Duration longest;
  // A plain table stays one: another of its name is not ours. Not asked before each chunk.
  private volatile boolean plain;

  /**
   * @param tables what to lock, quoted, a comma between
   * @param log the log of the side that is written, quoted; null in place
   * @param longest how long one statement may take
   */
  Snapshots(
      Database database, Subject subject, String tables, @Nullable String log, Duration longest) {
    this.database = database;
    this.subject = subject;
    this.tables = log == null ? tables : tables + ", " + log;
    this.log = log;
    this.longest = longest;
    this.plain = subject.inPlace();
  }

  /** Of keys. */
  <T> T in(Work<T> work) throws SQLException {
    return in(AlongTheKey.SETTINGS, work);
  }

  /** Of a range, whose sides are merged. */
  <T> T ofRange(Work<T> work) throws SQLException {
    return in(RangeSql.SETTINGS, work);
  }

  private <T> T in(String settings, Work<T> work) throws SQLException {
    return database.inTransaction(
        Transaction.repeatableRead(subject.name(), "compare").statementTimeout(longest),
        sql -> {
          sql.execute(settings + "; LOCK TABLE " + tables + " IN ACCESS SHARE MODE");
          if (plain) {
            return work.in(sql);
          }
          plain = !Partitions.requireTakenIn(sql, subject.migration(), subject.move());
          T seen = work.in(sql);
          Partitions.confirm(sql, subject.migration(), subject.move());
          return seen;
        });
  }

  /** What the snapshot says of the move, or of one range of it. */
  Moment moment(Sql sql, @Nullable Integer range) throws SQLException {
    Moment moment =
        sql.one(
            MomentSql.MOMENT,
            Snapshots::moment,
            subject.migration(),
            subject.move().number(),
            range,
            Quoting.table(subject.move().source()),
            Quoting.table(subject.move().target()),
            subject.move().joins().stream().map(join -> Quoting.table(join.table())).toList(),
            log);
    if (moment.writing() != subject.writing()) {
      throw Failures.unavailable(
          "the sides of %s changed while they were compared; the compare begins again"
              .formatted(subject.move().target()));
    }
    return moment;
  }

  private static Moment moment(ResultSet row) throws SQLException {
    List<String> applied = Sql.texts(row, "applied");
    return new Moment(
        row.getString("snapshot"),
        row.getString("files"),
        row.getBoolean("ours"),
        Writing.of(row.getString("writing")),
        row.getBoolean("open"),
        Sql.texts(row, "cursor"),
        applied == null ? List.of() : applied,
        row.getLong("mark"));
  }

  /** The key of the first row of a query, if it has one. */
  static Optional<List<String>> key(Sql sql, Fragment query) throws SQLException {
    return sql.first(query.text(), Snapshots::key, query.values());
  }

  /** The column {@code key}, which is never null. */
  static List<String> key(ResultSet row) throws SQLException {
    List<String> key = Sql.texts(row, "key");
    if (key == null) {
      throw new SQLException("a key that is null", "22004");
    }
    return key;
  }

  /** A row with {@code key}, {@code kind} and {@code explained}. */
  static Seen.KeySeen seen(ResultSet row) throws SQLException {
    String kind = row.getString("kind");
    return new Seen.KeySeen(
        key(row), kind == null ? null : Kind.of(kind), row.getBoolean("explained"));
  }
}
