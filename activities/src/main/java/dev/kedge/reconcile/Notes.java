package dev.kedge.reconcile;

import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySet;
import dev.kedge.projection.Projection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of a compare, in the control schema: how far it is, what differs by key, and
 * what has to be looked at again. Each call is one short transaction, and what writes is fenced by
 * the epoch.
 */
final class Notes {
  private final Database database;
  private final Subject subject;
  private final int mostFindings;

  /**
   * @param mostFindings more differing keys are counted, but not listed; then only a full compare
   *     helps
   */
  Notes(Database database, Subject subject, int mostFindings) {
    this.database = database;
    this.subject = subject;
    this.mostFindings = mostFindings;
  }

  /** The move as it stands now. Fails with {@link Failures#FENCED} when its migration ended. */
  static Subject subject(Database database, MoveScope scope) throws SQLException {
    String name = scope.scope().migration();
    return database.inTransaction(
        Transaction.readCommitted(name, "compare"),
        sql ->
            sql.first(
                    NotesSql.SUBJECT,
                    row ->
                        new Subject(
                            row.getLong("id"),
                            scope,
                            Writing.of(row.getString("writing")),
                            row.getInt("lanes") > 0 ? row.getInt("lanes") : scope.move().lanes()),
                    scope.move().number(),
                    name)
                .orElseThrow(() -> Failures.fenced(name + " has ended; nothing was compared")));
  }

  /** Begins a run unless it has begun; the findings of earlier ones stay. */
  void begin(String run) throws SQLException {
    write(
        sql -> {
          if (sql.first(NotesSql.IS_RUN, row -> true, migration(), move(), run, writing().label())
              .isEmpty()) {
            sql.update(NotesSql.FORGET, migration(), move());
            sql.update(NotesSql.FORGET_SUSPECTS, migration(), move());
            beginRanges(sql, run);
            sql.update(GroupSql.FORGET, migration(), move());
          }
          return "";
        });
  }

  private void beginRanges(Sql sql, String run) throws SQLException {
    if (!subject.inPlace() && writing() == Writing.NEW) {
      sql.update(NotesSql.BEGIN_ALL, migration(), move(), run, writing().label());
    } else if (sql.update(NotesSql.BEGIN_RANGES, run, writing().label(), migration(), move())
        == 0) {
      sql.update(NotesSql.BEGIN_NOTHING, migration(), move(), run, writing().label());
    }
  }

  /** Whether a compare of all ranges in the present direction is there to build on. */
  boolean isBegun() throws SQLException {
    return read(
        sql ->
            sql.one(
                NotesSql.IS_BEGUN,
                row -> row.getBoolean("begun"),
                writing().label(),
                migration(),
                move()));
  }

  /** Forgets where the run is, so that every range is compared again. */
  void again() throws SQLException {
    again(NotesSql.AGAIN, migration(), move());
  }

  /** Has the ranges compared again whose evidence is too old, or none. */
  void againStale() throws SQLException {
    again(NotesSql.AGAIN_STALE, migration(), move());
  }

  /** Has the ranges of {@code keys} compared again. */
  void againOf(List<List<String>> keys) throws SQLException {
    if (!keys.isEmpty()) {
      Projection projection =
          subject.inPlace()
              ? Projection.forward(subject.move())
              : CopyMatcher.direction(subject).projection();
      String again = NotesSql.againOf(Quoting.table(projection.read()), projection.readKey());
      again(again, binds(List.of(migration(), move()), keys).toArray());
    }
  }

  private void again(String which, @Nullable Object... binds) throws SQLException {
    write(
        sql -> {
          sql.update(which, binds);
          return sql.update(GroupSql.FORGET, migration(), move());
        });
  }

  /** Which rows are to be compared in every round. */
  Scrutiny scrutiny() throws SQLException {
    return read(sql -> sql.one(NotesSql.SCRUTINY, Scrutiny::of, move(), migration()));
  }

  /** A range that is not compared to its end, and what is left of it. */
  record Left(int range, KeyRange rest) {}

  List<Left> unfinished() throws SQLException {
    return read(
        sql ->
            sql.list(
                NotesSql.UNFINISHED,
                row ->
                    new Left(
                        row.getInt("range"),
                        new KeyRange(Sql.texts(row, "cursor"), Sql.texts(row, "hi"))),
                migration(),
                move()));
  }

  /**
   * Counts what was seen of a range's next part and moves the cursor, in one transaction; returns
   * what is left of the range. Fails with {@link Failures#FENCED} when somebody else has done so.
   *
   * @param unseen what is not comparable and has no key; one reason counts once a range
   */
  Optional<Left> advance(Left left, Seen seen, int unseen, @Nullable String reason)
      throws SQLException {
    write(
        sql -> {
          long unlisted = list(sql, seen.real());
          suspect(sql, seen.explained());
          add(sql, left, seen.groups());
          move(sql, left, seen, unlisted, unseen, reason);
          return "";
        });
    KeyRange rest = new KeyRange(seen.range().hi(), left.rest().hi());
    return isLast(left, seen) ? Optional.empty() : Optional.of(new Left(left.range(), rest));
  }

  private void add(Sql sql, Left left, List<Group> groups) throws SQLException {
    for (Group group : groups) {
      sql.update(
          GroupSql.ADD,
          migration(),
          move(),
          left.range(),
          group.key(),
          group.rows(),
          group.following(),
          group.sums(),
          group.followingSums());
    }
  }

  private static boolean isLast(Left left, Seen seen) {
    return Objects.equals(seen.range().hi(), left.rest().hi());
  }

  private void move(
      Sql sql, Left left, Seen seen, long unlisted, int unseen, @Nullable String reason)
      throws SQLException {
    Seen.Counts counts = seen.counts();
    long moved =
        sql.update(
            NotesSql.ADVANCE,
            seen.range().hi(),
            isLast(left, seen),
            seen.moment().snapshot(),
            seen.moment().snapshot(),
            seen.moment().files(),
            reason,
            counts.compared(),
            counts.following(),
            counts.digest(),
            seen.count(Kind.MISSING),
            seen.count(Kind.EXTRA),
            seen.count(Kind.DIFFERENT),
            reason,
            unseen,
            seen.explained().size(),
            unlisted,
            counts.forward(),
            counts.reverse(),
            migration(),
            move(),
            left.range(),
            left.rest().lo());
    if (moved == 0) {
      throw Failures.fenced(
          "another attempt compares %s of %s; this one stops"
              .formatted(subject.move().target(), subject.name()));
    }
  }

  /** Keeps what was seen of single keys: findings are opened and closed, suspects named. */
  void keep(Seen seen, boolean repaired) throws SQLException {
    if (seen.real().isEmpty()
        && seen.explained().isEmpty()
        && countFindings() + countSuspects() == 0) {
      return;
    }
    write(
        sql -> {
          list(sql, seen.real());
          clear(sql, seen.real().stream().map(Seen.KeySeen::key).toList());
          clear(sql, seen.equal());
          close(sql, seen.equal(), repaired);
          suspect(sql, seen.explained());
          return "";
        });
  }

  private void suspect(Sql sql, List<List<String>> keys) throws SQLException {
    if (!keys.isEmpty()) {
      sql.update(NotesSql.suspect(width()), binds(List.of(migration(), move()), keys).toArray());
    }
  }

  private void clear(Sql sql, List<List<String>> keys) throws SQLException {
    if (!keys.isEmpty()) {
      sql.update(NotesSql.clear(width()), binds(List.of(migration(), move()), keys).toArray());
    }
  }

  private void close(Sql sql, List<List<String>> keys, boolean repaired) throws SQLException {
    if (!keys.isEmpty()) {
      sql.update(
          NotesSql.close(width()), binds(List.of(repaired, migration(), move()), keys).toArray());
    }
  }

  private List<Object> binds(List<Object> first, List<List<String>> keys) {
    List<Object> binds = new ArrayList<>(first);
    binds.addAll(KeySet.of(width(), keys).columns());
    return binds;
  }

  private int width() {
    return subject.move().key().size();
  }

  // Returns how many found no place.
  private long list(Sql sql, List<Seen.KeySeen> real) throws SQLException {
    if (real.isEmpty()) {
      return 0;
    }
    long open = sql.one(NotesSql.OPEN_FINDINGS, row -> row.getLong("open"), migration(), move());
    int place = (int) Math.min(real.size(), Math.max(0, mostFindings - open));
    List<Seen.KeySeen> listed = real.subList(0, place);
    if (place > 0) {
      List<Object> binds =
          binds(List.of(migration(), move()), listed.stream().map(Seen.KeySeen::key).toList());
      binds.add(listed.stream().map(key -> Objects.requireNonNull(key.kind()).label()).toList());
      sql.update(NotesSql.find(width()), binds.toArray());
    }
    return (long) real.size() - place;
  }

  /** Says that the move as a whole could not be compared. */
  void giveUp(String reason) throws SQLException {
    write(sql -> sql.update(NotesSql.GIVE_UP, reason, migration(), move()));
  }

  /** Why some key cannot be compared. */
  void because(String reason) throws SQLException {
    write(sql -> sql.update(NotesSql.BECAUSE, reason, migration(), move()));
  }

  /** Why something could not be compared, each reason once. */
  List<String> reasons() throws SQLException {
    return read(
        sql -> sql.list(NotesSql.REASONS, row -> row.getString("reason"), migration(), move()));
  }

  /**
   * Where to read the log from.
   *
   * @param from everything from this transaction on
   * @param ended and these before it, which were in progress then
   * @param replaced whether a table was replaced since
   */
  record Since(String from, List<String> ended, boolean replaced) {
    Since {
      ended = List.copyOf(ended);
    }
  }

  static Optional<Since> since(Sql sql, Subject subject, String files) throws SQLException {
    return sql.first(
        NotesSql.SINCE,
        row ->
            new Since(
                row.getString("from_xid"),
                Objects.requireNonNull(Sql.texts(row, "ended")),
                row.getBoolean("replaced")),
        files,
        subject.migration(),
        subject.move().number());
  }

  /** Whether a transaction came after the snapshot that some range was compared from. */
  static boolean isLater(Sql sql, Subject subject, String xid) throws SQLException {
    return sql.one(
        NotesSql.IS_LATER,
        row -> row.getBoolean("later"),
        subject.migration(),
        subject.move().number(),
        xid);
  }

  /** Every key captured up to that snapshot has been looked at. */
  void caughtUp(String snapshot) throws SQLException {
    write(sql -> sql.update(NotesSql.CAUGHT_UP, snapshot, migration(), move()));
  }

  List<List<String>> suspects(@Nullable List<String> after, int most) throws SQLException {
    return page(NotesSql.SUSPECTS, after, most);
  }

  List<List<String>> findings(@Nullable List<String> after, int most) throws SQLException {
    return page(NotesSql.FINDINGS, after, most);
  }

  private List<List<String>> page(String query, @Nullable List<String> after, int most)
      throws SQLException {
    return read(
        sql ->
            sql.list(
                query,
                row -> Objects.requireNonNull(Sql.texts(row, "key")),
                migration(),
                move(),
                after,
                after,
                most));
  }

  long countSuspects() throws SQLException {
    return read(
        sql ->
            sql.one(NotesSql.COUNT_SUSPECTS, row -> row.getLong("suspects"), migration(), move()));
  }

  long countFindings() throws SQLException {
    return read(
        sql -> sql.one(NotesSql.OPEN_FINDINGS, row -> row.getLong("open"), migration(), move()));
  }

  /** Another value means that captured keys were applied. */
  long mark() throws SQLException {
    return read(
        sql ->
            sql.one(
                NotesSql.MARK,
                row -> row.getLong("mark"),
                migration(),
                move(),
                migration(),
                move()));
  }

  /** What it comes to so far. */
  Totals totals() throws SQLException {
    return read(
        sql -> {
          Map<Kind, Long> findings = new EnumMap<>(Kind.class);
          sql.list(
              NotesSql.BY_KIND,
              row -> findings.put(Kind.of(row.getString("kind")), row.getLong("keys")),
              migration(),
              move());
          return sql.one(NotesSql.TOTALS, row -> Totals.of(row, findings), migration(), move());
        });
  }

  /** Some real differences, key and kind each. */
  List<Map.Entry<String, Kind>> examples() throws SQLException {
    return keys(NotesSql.EXAMPLES);
  }

  /** Some of those that were closed before, key and kind each. */
  List<Map.Entry<String, Kind>> returned() throws SQLException {
    return keys(NotesSql.RETURNED);
  }

  private List<Map.Entry<String, Kind>> keys(String query) throws SQLException {
    return read(
        sql ->
            sql.list(
                query,
                row -> Map.entry(row.getString("key"), Kind.of(row.getString("kind"))),
                migration(),
                move()));
  }

  // Nobody waits for the disk: what a crash takes away is compared again, and what stands on it is
  // committed later and waits.
  private <T> T read(Work<T> work) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(subject.name(), "compare").relaxed(), work);
  }

  /** One transaction that writes, if the epoch is still the caller's. */
  <T> T write(Work<T> work) throws SQLException {
    return read(
        sql -> {
          long epoch = subject.scope().scope().epoch();
          if (sql.first(NotesSql.FENCE, row -> true, migration(), epoch).isEmpty()) {
            throw Failures.fenced(
                "%s: epoch %d is over; the compare stops".formatted(subject.name(), epoch));
          }
          return work.in(sql);
        });
  }

  private long migration() {
    return subject.migration();
  }

  private int move() {
    return subject.move().number();
  }

  private Writing writing() {
    return subject.writing();
  }
}
