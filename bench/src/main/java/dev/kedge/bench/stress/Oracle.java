package dev.kedge.bench.stress;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges a moment in which the application stands still, by SQL written by hand for each shape and
 * by the journals; nothing of Kedge's code has a part in it.
 */
final class Oracle {
  private static final long PATIENCE_NANOS = 150_000_000_000L;
  private static final int SHOWN = 5;
  private static final int FEW = 10;

  private final Application application;
  private final Control control;
  private final Run run;

  Oracle(Application application, Control control, Run run) {
    this.application = application;
    this.control = control;
    this.run = run;
  }

  /** Compares both sides, and the written one with the journals. */
  void bothSides(String when) throws SQLException, InterruptedException {
    awaitTails(when);
    application.standStill(
        () -> {
          if (application.shape().atEveryCommit() && !application.onNew()) {
            atOnce(when);
          }
          awaitTails(when);
          compare(when);
          audit(when);
        });
  }

  /** Compares the written side with the journals. */
  void writtenSide(String when) throws SQLException, InterruptedException {
    application.standStill(() -> audit(when));
  }

  /** Until everything that is committed now has been followed. */
  private void awaitTails(String when) throws SQLException, InterruptedException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    try (Connection connection = application.connect("oracle")) {
      String now = control.now(connection);
      while (control.behind(connection, now) > 0) {
        if (System.nanoTime() - end > 0) {
          throw new Migration.Stuck("a tail does not catch up, " + when);
        }
        Thread.sleep(20);
      }
    }
  }

  // A failure of SERIALIZABLE inside the trigger is trapped there, and the row follows a moment
  // later: that is rare. Whether it then is equal is judged as for any other.
  private void atOnce(String when) throws SQLException {
    List<Kind> differing = compared().stream().filter(kind -> !kind.name().equals("same")).toList();
    long rows = differing.stream().mapToLong(Kind::rows).sum();
    run.counters().add(Counter.LATE, rows);
    if (rows > FEW) {
      differing.forEach(kind -> judge(when + ", at once", kind));
    }
  }

  private void compare(String when) throws SQLException {
    compared().forEach(kind -> judge(when, kind));
  }

  private List<Kind> compared() throws SQLException {
    try (Connection connection = application.connect("oracle")) {
      String query =
          "SELECT kind, count(*), array_to_string((array_agg(id ORDER BY id))[1:%d], ', ') FROM (\n%s\n) x GROUP BY kind"
              .formatted(SHOWN, application.shape().oracle());
      return Jdbc.list(
          connection, query, row -> new Kind(row.getString(1), row.getLong(2), row.getString(3)));
    }
  }

  private record Kind(String name, long rows, String keys) {}

  private void judge(String when, Kind kind) {
    run.counters().add(Counter.COMPARED, kind.rows());
    if (!kind.name().equals("same")) {
      run.findings()
          .add(
              "%s, %s: %d %s rows, such as %s"
                  .formatted(
                      application.shape().migration(),
                      when,
                      kind.rows(),
                      kind.name(),
                      kind.keys()));
    }
  }

  private void audit(String when) throws SQLException {
    Map<Long, Item> found;
    Side side = application.side(application.onNew());
    try (Connection connection = application.connect("oracle")) {
      found = side.all(connection);
    }
    found.keySet().removeIf(application.keys()::isShared);
    Map<Long, Item> expected = new HashMap<>();
    for (Client client : application.clients()) {
      client.turn(application.onNew());
      client.journal().acknowledged().forEach(expected::put);
    }
    run.counters().add(Counter.AUDITED, expected.size());
    if (!expected.equals(found)) {
      run.findings().add(difference(when, side, expected, found));
    }
  }

  private static String difference(
      String when, Side side, Map<Long, Item> expected, Map<Long, Item> found) {
    List<Long> lost = expected.keySet().stream().filter(id -> !found.containsKey(id)).toList();
    List<Long> extra = found.keySet().stream().filter(id -> !expected.containsKey(id)).toList();
    List<Long> stale =
        expected.entrySet().stream()
            .filter(row -> found.containsKey(row.getKey()))
            .filter(row -> !row.getValue().equals(found.get(row.getKey())))
            .map(Map.Entry::getKey)
            .toList();
    return "%s, %s: not as acknowledged: lost %s, extra %s, stale %s"
        .formatted(side.name(), when, some(lost), some(extra), some(stale));
  }

  private static String some(List<Long> ids) {
    return ids.size() + " " + ids.subList(0, Math.min(SHOWN, ids.size()));
  }
}
