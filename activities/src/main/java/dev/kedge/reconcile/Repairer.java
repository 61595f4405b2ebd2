package dev.kedge.reconcile;

import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Repair;
import dev.kedge.backfill.Direction;
import dev.kedge.inplace.InPlaceRepair;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.SqlStates;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeySet;
import dev.kedge.projection.Projection;
import dev.kedge.throttle.Throttle;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Makes findings equal. Of a copy their keys go into the log, so that the tail converges them as it
 * does any other key; of a move in place their rows are set by key. The side that is written is the
 * truth. Then they are compared again, and those that are equal are closed. What was said of their
 * ranges before is void: the next compare looks at them whole. Once the target follows in the
 * application's own transactions, what is in the log is converged under locks.
 */
final class Repairer {
  private static final int PAGE = 500;

  private final Subject subject;
  private final Notes notes;
  private final Attempts attempts;
  private final Settlement settlement;
  private final Repairs repairs;

  private Repairer(Database database, Subject subject, Bounds bounds, Pulse pulse, Asked asked) {
    this.subject = subject;
    notes = new Notes(database, subject, bounds.findings());
    repairs = new Repairs(subject, notes, asked);
    Patience patience =
        new Patience(notes, () -> pulse.beat(() -> Summary.of(subject, notes)), bounds.patience());
    attempts = new Attempts(patience);
    Matcher matcher =
        subject.inPlace()
            ? new InPlaceMatcher(database, subject, bounds.longest())
            : new CopyMatcher(database, subject, bounds.longest(), List.of());
    settlement =
        new Settlement(
            notes,
            new KeyCheck(matcher, notes, attempts, true),
            patience,
            new Pace(1, Throttle.none()));
  }

  static Repairer of(Database database, MoveScope scope, Bounds bounds, Pulse pulse, Asked asked)
      throws SQLException {
    return new Repairer(database, Notes.subject(database, scope), bounds, pulse, asked);
  }

  /** On nobody's word. */
  static Repairer of(Database database, MoveScope scope, Bounds bounds, Pulse pulse)
      throws SQLException {
    return of(database, scope, bounds, pulse, new Asked(UUID.randomUUID().toString(), null));
  }

  Repair repair() throws SQLException {
    if (!subject.followed()) {
      return new Repair(0, notes.countFindings());
    }
    Optional<Repairs.Repairing> begun = repairs.begin();
    return begun.isEmpty() ? new Repair(0, 0) : repair(begun.get());
  }

  private Repair repair(Repairs.Repairing repairing) throws SQLException {
    List<List<String>> tried = new ArrayList<>();
    for (var page = notes.findings(null, PAGE); !page.isEmpty(); ) {
      tried.addAll(page);
      repair(page);
      page = notes.findings(page.get(page.size() - 1), PAGE);
    }
    settlement.run();
    notes.againOf(tried);
    long open = notes.countFindings();
    repairs.end(repairing, open);
    return new Repair(Math.max(0, repairing.findings() - open), open);
  }

  private void repair(List<List<String>> keys) throws SQLException {
    try {
      attempts.of(() -> subject.inPlace() ? set(keys) : log(keys));
    } catch (SQLException e) {
      SqlStates.Kind kind = SqlStates.kindOf(e);
      if (kind != SqlStates.Kind.BAD_DATA && kind != SqlStates.Kind.TOO_LARGE) {
        throw e;
      }
      if (keys.size() > 1) {
        repair(keys.subList(0, keys.size() / 2));
        repair(keys.subList(keys.size() / 2, keys.size()));
      }
      // A row that cannot be converted stays a finding.
    }
  }

  private long set(List<List<String>> keys) throws SQLException {
    return notes.write(sql -> InPlaceRepair.repair(sql, subject.scope(), keySet(keys)));
  }

  private long log(List<List<String>> keys) throws SQLException {
    Direction direction = CopyMatcher.direction(subject);
    Fragment insert = CopySql.capture(direction, keySet(keys));
    return notes.write(sql -> sql.update(insert.text(), insert.values()));
  }

  private KeySet keySet(List<List<String>> keys) {
    return KeySet.of(Projection.sourceKey(subject.move()).names().size(), keys);
  }
}
