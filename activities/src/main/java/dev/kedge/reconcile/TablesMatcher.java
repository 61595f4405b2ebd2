package dev.kedge.reconcile;

import dev.kedge.backfill.Direction;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import dev.kedge.projection.AlongTheKey;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Compares the tables of a move as they are, in one short read-only snapshot at a time. Nothing of
 * ours is needed in the database, and nothing is left there.
 */
final class TablesMatcher {
  // As of any compare: what takes longer is cut smaller.
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private final Database database;
  private final String name;
  private final MovePlan move;
  private final Direction direction;
  private final String tables;

  /**
   * @param name for the sessions' names
   */
  TablesMatcher(Database database, String name, MovePlan move) {
    this.database = database;
    this.name = name;
    this.move = move;
    // Its log is none that exists, and is not asked for.
    this.direction = Direction.forward(0, move);
    this.tables = move.tables().stream().map(Quoting::table).collect(Collectors.joining(", "));
  }

  /**
   * What a snapshot showed.
   *
   * @param range what was looked at
   * @param compared rows of the source
   * @param differing keys with how they differ
   */
  record Part(KeyRange range, long compared, List<Differing> differing) {
    Part {
      differing = List.copyOf(differing);
    }
  }

  /**
   * A key that differs.
   *
   * @param key as text of the source's key type
   * @param kind the label of a {@link Kind}
   */
  record Differing(List<String> key, String kind) {
    Differing {
      key = List.copyOf(key);
    }
  }

  /**
   * Compares the first rows of {@code rest}, at most {@code rows} of either side. Fails with {@link
   * CannotCompare} when these rows cannot be compared.
   */
  Part next(KeyRange rest, int rows) throws SQLException {
    return in(
        sql -> {
          KeyRange part = new KeyRange(rest.lo(), cut(sql, rest, rows));
          try {
            return read(sql, part);
          } catch (SQLException e) {
            throw new CannotCompare(e, part);
          }
        });
  }

  /** The key behind so many rows of the source in {@code rest}; empty when it has fewer. */
  Optional<List<String>> skip(KeyRange rest, int rows) throws SQLException {
    return in(sql -> Snapshots.key(sql, RangeSql.cutOfTruth(direction.projection(), rest, rows)));
  }

  /** Those of {@code keys} that differ now. */
  List<Differing> keys(List<List<String>> keys) throws SQLException {
    KeySet set = KeySet.of(direction.projection().readKey().names().size(), keys);
    Fragment compare = TablesSql.compare(move, set);
    return inAny(
        AlongTheKey.SETTINGS,
        sql ->
            sql.list(
                compare.text(),
                row -> new Differing(Snapshots.key(row), row.getString("kind")),
                compare.values()));
  }

  /** Keys of the target in a range that has few of them. */
  List<List<String>> extras(KeyRange range) throws SQLException {
    if (inPlace()) {
      return List.of();
    }
    Fragment query = CopySql.followers(direction, range).then("\nLIMIT 100");
    return in(sql -> sql.list(query.text(), Snapshots::key, query.values()));
  }

  private Part read(Sql sql, KeyRange part) throws SQLException {
    Seen seen =
        inPlace()
            ? Pass.inPlace(sql, Moment.NONE, part, InPlaceCompareSql.compare(move, part))
            : Pass.copy(sql, Moment.NONE, part, RangeSql.look(direction, part));
    return new Part(
        part,
        seen.counts().compared(),
        seen.real().stream()
            .map(each -> new Differing(each.key(), Objects.requireNonNull(each.kind()).label()))
            .toList());
  }

  private @Nullable List<String> cut(Sql sql, KeyRange rest, int rows) throws SQLException {
    return inPlace()
        ? Snapshots.key(sql, RangeSql.cutOfTruth(direction.projection(), rest, rows))
            .orElse(rest.hi())
        : Cuts.of(sql, direction, rest, rows);
  }

  private boolean inPlace() {
    return move.kind() == MovePlan.Kind.IN_PLACE;
  }

  /** Of a range, whose sides are merged. */
  private <T> T in(Work<T> work) throws SQLException {
    return inAny(RangeSql.SETTINGS, work);
  }

  private <T> T inAny(String settings, Work<T> work) throws SQLException {
    return database.inTransaction(
        Transaction.repeatableRead(name, "verify")
            .statementTimeout(LONGEST)
            .set("SET TRANSACTION READ ONLY"),
        sql -> {
          // Before the snapshot: a TRUNCATE is in it, or waits.
          sql.execute(settings + "; LOCK TABLE " + tables + " IN ACCESS SHARE MODE");
          return work.in(sql);
        });
  }
}
