package dev.kedge.reconcile;

import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySet;
import dev.kedge.projection.Projection;
import java.sql.SQLException;
import java.time.Duration;
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
        new Snapshots(database, subject, Quoting.table(subject.move().source()), null, longest);
  }

  @Override
  public Seen next(int range, KeyRange rest, int rows) throws SQLException {
    return snapshots.ofRange(
        sql -> {
          Moment moment = snapshots.moment(sql, range);
          @Nullable List<String> hi =
              Snapshots.key(sql, RangeSql.cutOfTruth(projection, rest, rows)).orElse(rest.hi());
          KeyRange part = new KeyRange(rest.lo(), hi);
          try {
            return Pass.inPlace(
                sql, moment, part, InPlaceCompareSql.compare(subject, part, moment));
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
  public DeepRows.Found meant(KeyRange rest, int rows, String predicate) throws SQLException {
    return snapshots.ofRange(
        sql -> {
          @Nullable List<String> hi =
              Snapshots.key(sql, RangeSql.cutOfTruth(projection, rest, rows)).orElse(rest.hi());
          KeyRange part = new KeyRange(rest.lo(), hi);
          Fragment keys = DeepSql.keysInPlace(projection, predicate, part);
          return new DeepRows.Found(part, sql.list(keys.text(), Snapshots::key, keys.values()));
        });
  }

  @Override
  public Seen keys(List<List<String>> keys) throws SQLException {
    KeySet set = KeySet.of(projection.readKey().names().size(), keys);
    return snapshots.in(
        sql -> {
          Moment moment = snapshots.moment(sql, null);
          Fragment compare = InPlaceCompareSql.compare(subject, set);
          return new Seen(
              moment,
              KeyRange.ALL,
              Seen.Counts.NONE,
              sql.list(compare.text(), Snapshots::seen, compare.values()));
        });
  }
}
