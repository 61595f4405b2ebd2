package dev.kedge.reconcile;

import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySet;
import dev.kedge.projection.Projection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares the columns of a row with each other. Triggers keep them together in the application's
 * own transaction, so nothing is ever explained.
 */
final class InPlaceMatcher implements Matcher {
  private final Subject subject;
  private final Projection projection;
  private final Snapshots snapshots;

  InPlaceMatcher(Database database, Subject subject, Duration longest) {
    this.subject = subject;
    this.projection = Projection.forward(subject.move());
    this.snapshots =
        new Snapshots(database, subject, Quoting.table(subject.move().source()), longest);
  }

  @Override
  public Seen next(int range, KeyRange rest, int rows) throws SQLException {
    return snapshots.in(
        sql -> {
          Moment moment = snapshots.moment(sql, range);
          @Nullable List<String> hi =
              Snapshots.key(sql, CopySql.cutOfTruth(projection, rest, rows)).orElse(rest.hi());
          KeyRange part = new KeyRange(rest.lo(), hi);
          try {
            return read(sql, moment, part, InPlaceCompareSql.compare(subject, part, moment));
          } catch (SQLException e) {
            throw new CannotCompare(e, part);
          }
        });
  }

  @Override
  public List<List<String>> followers(KeyRange range) {
    return List.of();
  }

  @Override
  public Seen keys(List<List<String>> keys) throws SQLException {
    KeySet set = KeySet.of(projection.readKey().names().size(), keys);
    return snapshots.in(
        sql -> {
          Moment moment = snapshots.moment(sql, null);
          Fragment compare = InPlaceCompareSql.compare(subject, set, moment);
          return new Seen(
              moment,
              KeyRange.ALL,
              0,
              0,
              0,
              sql.list(compare.text(), Snapshots::seen, compare.values()));
        });
  }

  private static Seen read(Sql sql, Moment moment, KeyRange part, Fragment compare)
      throws SQLException {
    long[] counts = new long[3];
    List<Seen.KeySeen> keys = new ArrayList<>();
    sql.list(
        compare.text(),
        row -> {
          counts[0] += row.getLong("compared");
          counts[1] += row.getLong("forward");
          counts[2] += row.getLong("reverse");
          return row.getString("kind") == null ? false : keys.add(Snapshots.seen(row));
        },
        compare.values());
    return new Seen(moment, part, counts[0], counts[1], counts[2], keys);
  }
}
