package dev.kedge.backfill;

import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Database;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A round among whose keys some cannot be brought over: it finds out which. Then, as the spec says,
 * the migration stops and names one, or they go into quarantine, and the round is done without
 * them. They are noted before the round commits that passes over them, so none is ever lost.
 */
final class PassingOver {
  // Rows may break and be mended while they are looked for.
  private static final int TRIES = 3;

  private final Database database;
  private final MoveScope request;
  private final Quarantine quarantine;
  private final Set<List<String>> passed = new HashSet<>();

  PassingOver(Database database, MoveScope request, long migration) {
    this.database = database;
    this.request = request;
    this.quarantine = new Quarantine(request, migration);
  }

  /** Runs the round until it does what it can. */
  <T> T run(Collision.Round<T> round) throws SQLException {
    passed.clear();
    for (int tries = 1; ; tries++) {
      try {
        return Collision.round(request.move(), round);
      } catch (SQLException e) {
        if (!BadKeys.isMeant(request.move(), e) || tries > TRIES) {
          throw e;
        }
        passOver(find(round));
      }
    }
  }

  /** The keys that this round leaves out. */
  Set<List<String>> keys() {
    return passed;
  }

  private static <T> Map<List<String>, SQLException> find(Collision.Round<T> round)
      throws SQLException {
    try {
      round.run(Collision.Take.FIND);
      return Map.of();
    } catch (BadKeys.Found e) {
      return e.keys();
    }
  }

  private void passOver(Map<List<String>, SQLException> bad) throws SQLException {
    for (Map.Entry<List<String>, SQLException> each : bad.entrySet()) {
      if (!quarantine.applies()) {
        throw BadRow.stopsFollowing(request.move(), each.getKey(), each.getValue());
      }
      quarantine.note(database, each.getKey(), each.getValue());
    }
    passed.addAll(bad.keySet());
  }
}
