package dev.kedge.reconcile;

import dev.kedge.backfill.Direction;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySet;
import dev.kedge.reconcile.Seen.KeySeen;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Compares {@code P} with the rows of the side that follows. */
final class CopyMatcher implements Matcher {
  private final Subject subject;
  private final Direction direction;
  private final Snapshots snapshots;
  private final List<String> groupBy;

  CopyMatcher(Database database, Subject subject) {
    this(database, subject, Bounds.USUAL.longest(), List.of());
  }

  /**
   * @param longest how long a statement may take
   * @param groupBy columns of the target by which both sides are counted
   */
  CopyMatcher(Database database, Subject subject, Duration longest, List<String> groupBy) {
    this.subject = subject;
    this.groupBy = grouped(subject, groupBy);
    this.direction = direction(subject);
    // The log, too: emptied under a compare it would explain nothing.
    this.snapshots =
        new Snapshots(
            database,
            subject,
            subject.move().tables().stream().map(Quoting::table).collect(Collectors.joining(", ")),
            direction.log().table(),
            longest);
  }

  private static List<String> grouped(Subject subject, List<String> groupBy) {
    return switch (subject.writing()) {
      case OLD -> groupBy;
      case NEW -> GroupSql.ofOldSide(subject.move(), groupBy);
    };
  }

  /** From the side that is written to the one that follows. */
  static Direction direction(Subject subject) {
    MovePlan move = subject.move();
    return switch (subject.writing()) {
      case OLD -> Direction.forward(subject.migration(), move);
      case NEW -> Direction.reverse(subject.migration(), move);
    };
  }

  Snapshots snapshots() {
    return snapshots;
  }

  @Override
  public Seen next(int range, KeyRange rest, int rows) throws SQLException {
    return snapshots.ofRange(
        sql -> {
          // Against the direction of the ledger there are no ranges: the tail has them all.
          Moment moment = snapshots.moment(sql, subject.writing() == Writing.OLD ? range : null);
          KeyRange part = new KeyRange(rest.lo(), Cuts.of(sql, direction, rest, rows));
          try {
            Seen seen = Pass.copy(sql, moment, part, RangeSql.compare(direction, part, moment));
            return grouped(sql, explain(sql, seen));
          } catch (SQLException e) {
            throw new CannotCompare(e, part);
          }
        });
  }

  @Override
  public List<List<String>> followers(KeyRange range) throws SQLException {
    Fragment followers = CopySql.followers(direction, range).then("\nLIMIT 100");
    return snapshots.in(sql -> sql.list(followers.text(), Snapshots::key, followers.values()));
  }

  @Override
  public DeepRows.Found meant(KeyRange rest, int rows, String predicate) throws SQLException {
    return snapshots.ofRange(
        sql -> {
          KeyRange part = new KeyRange(rest.lo(), Cuts.of(sql, direction, rest, rows));
          Fragment keys = DeepSql.keys(subject, direction, predicate, part);
          return new DeepRows.Found(part, sql.list(keys.text(), Snapshots::key, keys.values()));
        });
  }

  @Override
  public Seen keys(List<List<String>> keys) throws SQLException {
    KeySet set = KeySet.of(direction.projection().readKey().names().size(), keys);
    return snapshots.in(
        sql -> {
          Moment moment = snapshots.moment(sql, null);
          Fragment compare = CopySql.compare(direction, set, moment);
          return new Seen(
              moment,
              KeyRange.ALL,
              Seen.Counts.NONE,
              sql.list(compare.text(), Snapshots::seen, compare.values()));
        });
  }

  private Seen grouped(Sql sql, Seen seen) throws SQLException {
    if (groupBy.isEmpty() || seen.moment().open()) {
      return seen;
    }
    KeySet but = KeySet.of(direction.projection().readKey().names().size(), seen.explained());
    Fragment groups = GroupSql.groups(direction, seen.range(), groupBy, but.columns());
    return new Seen(
        seen.moment(),
        seen.range(),
        seen.counts(),
        seen.keys(),
        sql.list(groups.text(), Group::of, groups.values()));
  }

  // What differs is told apart by the log as this snapshot has it.
  private Seen explain(Sql sql, Seen seen) throws SQLException {
    if (seen.keys().isEmpty()) {
      return seen;
    }
    sql.execute(RangeSql.KEY_SETTINGS);
    List<List<String>> keys = seen.keys().stream().map(KeySeen::key).toList();
    Fragment explained =
        RangeSql.explained(
            direction,
            KeySet.of(direction.projection().readKey().names().size(), keys).columns(),
            seen.moment());
    Set<Integer> places =
        new HashSet<>(sql.list(explained.text(), row -> row.getInt("place"), explained.values()));
    List<KeySeen> told = new ArrayList<>();
    for (KeySeen key : seen.keys()) {
      told.add(new KeySeen(key.key(), key.kind(), places.contains(told.size() + 1)));
    }
    return new Seen(seen.moment(), seen.range(), seen.counts(), told);
  }
}
