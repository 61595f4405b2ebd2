package dev.kedge.bench.stress;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * One transaction that takes its snapshot before the writing side changes and goes on after it: it
 * reads again, or writes the side that refuses by then, or the other one with its old snapshot.
 */
final class Spanner implements Runnable {
  private static final long LOOK_MILLIS = 10;

  // One that stays open keeps every dead row of every table: when the change takes its time, it
  // begins anew.
  private static final int LONGEST_MILLIS = 20_000;

  private final Application application;
  private final Level level;
  private final Spanners.Across across;
  private final Spanners together;
  private final SplittableRandom random;

  Spanner(
      Application application,
      Level level,
      Spanners.Across across,
      Spanners together,
      SplittableRandom random) {
    this.application = application;
    this.level = level;
    this.across = across;
    this.together = together;
    this.random = random;
  }

  @Override
  public void run() {
    try (Connection connection = application.connect("spanner")) {
      connection.setTransactionIsolation(level.jdbc());
      connection.setAutoCommit(false);
      span(connection);
    } catch (SQLException e) {
      answer(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void span(Connection connection) throws SQLException, InterruptedException {
    while (!spanned(connection)) {
      connection.rollback();
    }
  }

  /** Whether it was open until the end, whatever that was. */
  private boolean spanned(Connection connection) throws SQLException, InterruptedException {
    long opened = System.nanoTime();
    long longest = (LONGEST_MILLIS / 2 + random.nextInt(LONGEST_MILLIS)) * 1_000_000L;
    Side before = application.side(across.fromNew());
    long id = application.keys().shared(random);
    Optional<Item> seen = before.read(connection, id);
    if (random.nextBoolean()) {
      // A transaction id that is old by the time it writes what is migrated.
      Jdbc.update(connection, "INSERT INTO stress_audit (note) VALUES (?)", level.name());
    }
    together.began();
    while (together.waiting()) {
      if (System.nanoTime() - opened > longest) {
        return false;
      }
      Thread.sleep(LOOK_MILLIS);
    }
    if (!together.happenedAfter(opened)) {
      connection.rollback();
      return true;
    }
    Thread.sleep(random.nextInt(800));
    // From here on it has been open across, whatever becomes of it.
    application.counters().add(counter());
    act(connection, before, id, seen);
    connection.commit();
    application.counters().add(level.committed());
    return true;
  }

  private Counter counter() {
    return level == Level.SERIALIZABLE ? Counter.SPANNED_SERIALIZABLE : Counter.SPANNED_RR;
  }

  private void act(Connection connection, Side before, long id, Optional<Item> seen)
      throws SQLException {
    switch (random.nextInt(4)) {
      case 0 -> readAgain(connection, before, id, seen);
      case 1 -> writeBefore(connection, before, id);
      default -> writeAfter(connection, id);
    }
  }

  private void readAgain(Connection connection, Side before, long id, Optional<Item> seen)
      throws SQLException {
    if (!before.read(connection, id).equals(seen)) {
      application.findings().add("%s read key %d twice and saw two values".formatted(level, id));
    }
  }

  private void writeBefore(Connection connection, Side before, long id) throws SQLException {
    before.update(connection, id, Item.random(random));
    if (application.shape().guarded() && across.fromNew() != across.toNew()) {
      application.findings().add(before.name() + " took a write after the handover");
    }
  }

  private void writeAfter(Connection connection, long id) throws SQLException {
    Side after = application.side(across.toNew());
    switch (random.nextInt(3)) {
      case 0 -> after.update(connection, id, Item.random(random));
      case 1 -> after.delete(connection, id);
      default -> after.merge(connection, id, Item.random(random));
    }
  }

  private void answer(SQLException error) {
    if (Errors.disconnected(error)) {
      application.counters().add(Counter.OUTAGES);
    } else if (Errors.state(error).equals(Errors.OTHER_SIDE)) {
      application.counters().add(Counter.REFUSED);
    } else if (Errors.dropped(error)) {
      application.counters().add(Counter.DROPPED);
    } else {
      application.answer(error, level, across.fromNew());
    }
  }
}
