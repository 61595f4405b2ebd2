package dev.kedge.reconcile;

import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import dev.kedge.reconcile.Notes.Since;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Compares the keys captured since the ranges were compared, so that what was proven then is proven
 * now. A table that was emptied or replaced since makes all of it void.
 */
final class CapturedKeys {
  static final int PAGE = 2_000;

  private static final String XMAX = "SELECT pg_snapshot_xmax(?::pg_snapshot)::text AS xmax";

  private final Snapshots snapshots;
  private final Subject subject;
  private final Notes notes;
  private final KeyCheck check;
  private final Pace pace;
  private final Runnable pulse;

  CapturedKeys(
      Snapshots snapshots,
      Subject subject,
      Notes notes,
      KeyCheck check,
      Pace pace,
      Runnable pulse) {
    this.snapshots = snapshots;
    this.subject = subject;
    this.notes = notes;
    this.check = check;
    this.pace = pace;
    this.pulse = pulse;
  }

  /** What a round came to. */
  enum Outcome {
    DONE,
    /** Ranges are not filled yet: keys say nothing. */
    NOT_FILLED,
    /** A table was emptied or replaced: all ranges are to be compared again. */
    AGAIN
  }

  Outcome run() throws SQLException {
    Start start = snapshots.in(this::start);
    if (start.moment().open()) {
      return Outcome.NOT_FILLED;
    }
    Optional<Since> since = start.since();
    if (since.isEmpty() || !start.moment().ours()) {
      return Outcome.DONE;
    }
    if (since.get().replaced()) {
      return Outcome.AGAIN;
    }
    for (Captures part : parts(since.get(), start)) {
      if (run(part) == Outcome.AGAIN) {
        return Outcome.AGAIN;
      }
    }
    notes.caughtUp(Objects.requireNonNull(start.moment().snapshot()));
    return Outcome.DONE;
  }

  // Once all ranges stand at one snapshot, exactly what it does not see: transactions that were in
  // progress, and what came later. A transaction that stays open for hours then costs nothing.
  private static List<Captures> parts(Since since, Start start) {
    return Stream.concat(
            since.ended().stream().map(xid -> new Captures(xid, null)),
            Stream.of(new Captures(since.from(), start.xmax())))
        .toList();
  }

  private Outcome run(Captures part) throws SQLException {
    LogPlace after = null;
    do {
      LogPlace from = after;
      pace.await(pulse);
      Page page = pace.step(() -> check(part, from));
      if (page.emptied()) {
        return Outcome.AGAIN;
      }
      after = page.last();
    } while (after != null);
    return Outcome.DONE;
  }

  private Page check(Captures part, @Nullable LogPlace from) throws SQLException {
    Page page = snapshots.in(sql -> page(sql, part, from));
    if (!page.emptied()) {
      check.check(List.copyOf(page.keys()));
    }
    return page;
  }

  private record Start(Moment moment, Optional<Since> since, String xmax) {}

  private Start start(Sql sql) throws SQLException {
    Moment moment = snapshots.moment(sql, null);
    return new Start(
        moment,
        Notes.since(sql, subject, Objects.requireNonNull(moment.files())),
        sql.one(XMAX, row -> row.getString("xmax"), moment.snapshot()));
  }

  // last is null when there is no further page.
  private record Page(Set<List<String>> keys, boolean emptied, @Nullable LogPlace last) {}

  private record Captured(LogPlace place, @Nullable List<String> key) {}

  private Page page(Sql sql, Captures part, @Nullable LogPlace after) throws SQLException {
    Fragment query = CopySql.captured(CopyMatcher.direction(subject), part, after);
    List<Captured> rows =
        sql.list(
            query.text(),
            row ->
                new Captured(
                    new LogPlace(row.getString("xid"), row.getLong("n")), Sql.texts(row, "key")),
            query.values());
    Set<List<String>> keys = new LinkedHashSet<>();
    for (Captured row : rows) {
      if (row.key() != null) {
        keys.add(row.key());
      } else if (Notes.isLater(sql, subject, row.place().xid())) {
        return new Page(Set.of(), true, null);
      }
    }
    return new Page(keys, false, rows.size() < PAGE ? null : rows.get(PAGE - 1).place());
  }
}
