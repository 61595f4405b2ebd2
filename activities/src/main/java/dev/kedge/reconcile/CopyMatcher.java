package dev.kedge.reconcile;

import dev.kedge.backfill.Direction;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Compares {@code P} with the rows of the side that follows. */
final class CopyMatcher implements Matcher {
  private final Subject subject;
  private final Direction direction;
  private final Snapshots snapshots;

  CopyMatcher(Database database, Subject subject) {
    this(database, subject, Bounds.USUAL.longest());
  }

  CopyMatcher(Database database, Subject subject, Duration longest) {
    this.subject = subject;
    this.direction = direction(subject);
    // The log, too: emptied under a compare it would explain nothing.
    this.snapshots =
        new Snapshots(
            database,
            subject,
            Stream.concat(
                    subject.move().tables().stream().map(Quoting::table),
                    Stream.of(direction.log().table()))
                .collect(Collectors.joining(", ")),
            longest);
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
    return snapshots.in(
        sql -> {
          // Against the direction of the ledger there are no ranges: the tail has them all.
          Moment moment = snapshots.moment(sql, subject.writing() == Writing.OLD ? range : null);
          KeyRange part = new KeyRange(rest.lo(), cut(sql, rest, rows));
          try {
            return read(sql, moment, part, CopySql.compare(direction, part, moment));
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
  public Seen keys(List<List<String>> keys) throws SQLException {
    KeySet set = KeySet.of(direction.projection().readKey().names().size(), keys);
    return snapshots.in(
        sql -> {
          Moment moment = snapshots.moment(sql, null);
          Fragment compare = CopySql.compare(direction, set, moment);
          return new Seen(
              moment,
              KeyRange.ALL,
              0,
              0,
              0,
              sql.list(compare.text(), Snapshots::seen, compare.values()));
        });
  }

  // Either side may have many rows where the other has few.
  private @Nullable List<String> cut(Sql sql, KeyRange rest, int rows) throws SQLException {
    List<String> ofTruth =
        Snapshots.key(sql, CopySql.cutOfTruth(direction.projection(), rest, rows))
            .orElse(rest.hi());
    KeyRange part = new KeyRange(rest.lo(), ofTruth);
    return Snapshots.key(sql, CopySql.cutOfFollower(direction, part, rows + 1)).isEmpty()
        ? ofTruth
        : Snapshots.key(sql, CopySql.cutOfFollower(direction, part, rows)).orElse(ofTruth);
  }

  private static Seen read(Sql sql, Moment moment, KeyRange part, Fragment compare)
      throws SQLException {
    long[] counts = new long[2];
    List<Seen.KeySeen> keys = new ArrayList<>();
    sql.list(
        compare.text(),
        row -> {
          counts[0] += row.getLong("compared");
          counts[1] += row.getLong("forward");
          return row.getString("kind") == null ? false : keys.add(Snapshots.seen(row));
        },
        compare.values());
    return new Seen(moment, part, counts[0], counts[1], 0, keys);
  }
}
