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
import dev.kedge.projection.KeyScope;
import dev.kedge.projection.KeySet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
            return read(sql, part, part);
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
    return in(sql -> read(sql, KeyRange.ALL, set)).differing();
  }

  /** Keys of the target in a range that has few of them. */
  List<List<String>> extras(KeyRange range) throws SQLException {
    if (move.kind() == MovePlan.Kind.IN_PLACE) {
      return List.of();
    }
    Fragment query = CopySql.followers(direction, range).then("\nLIMIT 100");
    return in(sql -> sql.list(query.text(), Snapshots::key, query.values()));
  }

  private Part read(Sql sql, KeyRange range, KeyScope scope) throws SQLException {
    Fragment compare = TablesSql.compare(move, scope);
    long[] compared = new long[1];
    List<Differing> differing = new ArrayList<>();
    sql.list(
        compare.text(),
        row -> {
          String kind = row.getString("kind");
          compared[0] += row.getLong("compared");
          return kind != null && differing.add(new Differing(Snapshots.key(row), kind));
        },
        compare.values());
    return new Part(range, compared[0], differing);
  }

  // Either side may have many rows where the other has few.
  private @Nullable List<String> cut(Sql sql, KeyRange rest, int rows) throws SQLException {
    List<String> ofSource =
        Snapshots.key(sql, RangeSql.cutOfTruth(direction.projection(), rest, rows))
            .orElse(rest.hi());
    if (move.kind() == MovePlan.Kind.IN_PLACE) {
      return ofSource;
    }
    Fragment cut = RangeSql.cutOfFollower(direction, new KeyRange(rest.lo(), ofSource), rows);
    List<List<String>> followers = sql.list(cut.text(), Snapshots::key, cut.values());
    return followers.size() > 1 ? followers.get(0) : ofSource;
  }

  private <T> T in(Work<T> work) throws SQLException {
    return database.inTransaction(
        Transaction.repeatableRead(name, "verify")
            .statementTimeout(LONGEST)
            .set("SET TRANSACTION READ ONLY"),
        sql -> {
          // Before the snapshot: a TRUNCATE is in it, or waits.
          sql.execute(AlongTheKey.SETTINGS + "; LOCK TABLE " + tables + " IN ACCESS SHARE MODE");
          return work.in(sql);
        });
  }
}
