package dev.kedge.bench.stress;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.SplittableRandom;

/**
 * The application's heavy hand: statements over most of the table, and now and then TRUNCATE and a
 * new load, while nobody else writes since it has the table to itself anyway.
 */
final class Bulk implements Runnable {
  private static final int MANY = 100_000;
  private static final long LOOK_MILLIS = 250;

  // On a slow machine nobody else would get a turn otherwise.
  private static final long BETWEEN = 2_500;

  private final Application application;
  private final SplittableRandom random;
  private int generation;

  Bulk(Application application, SplittableRandom random) {
    this.application = application;
    this.random = random;
  }

  @Override
  public void run() {
    long next = System.nanoTime() + 2_000_000_000L;
    long committed = 0;
    while (application.open()) {
      try {
        Thread.sleep(LOOK_MILLIS);
        if (application.calm()
            || System.nanoTime() - next < 0
            || application.counters().committed() - committed < BETWEEN) {
          continue;
        }
        committed = application.counters().committed();
        act();
        next = System.nanoTime() + pause() * 1_000_000L;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  // Evidence rests only when the tail has all of one: where such statements come faster than it
  // applies them, no migration ever ends.
  private long pause() {
    return application.counters().behind(Counter.BULK)
        ? 8_000 + random.nextInt(12_000)
        : 40_000 + random.nextInt(40_000);
  }

  private void act() throws InterruptedException {
    boolean truncate =
        application.counters().behind(Counter.TRUNCATES)
            ? random.nextBoolean()
            : random.nextInt(6) == 0;
    if (truncate) {
      refill();
    } else {
      touch();
    }
  }

  // Beside others it waits for their rows and they for its own: mostly a deadlock of theirs. So it
  // has the table to itself three times out of four.
  private void touch() throws InterruptedException {
    boolean onNew = application.onNew();
    Level level = Level.any(random);
    try {
      if (random.nextInt(4) == 0) {
        application.during(() -> touch(level, application.onNew()));
      } else {
        application.standStill(() -> touch(level, application.onNew()));
      }
    } catch (SQLException e) {
      answer(e, level, onNew);
    }
  }

  private void touch(Level level, boolean onNew) throws SQLException {
    try (Connection connection = application.connect("bulk")) {
      connection.setTransactionIsolation(level.jdbc());
      connection.setAutoCommit(false);
      long rows = application.side(onNew).touch(connection, 0, application.keys().end());
      connection.commit();
      application.counters().add(rows > MANY ? Counter.BULK : Counter.SMALL_BULK);
      application.counters().add(level.committed());
    }
  }

  private void answer(SQLException error, Level level, boolean onNew) {
    if (Errors.disconnected(error)) {
      application.counters().add(Counter.OUTAGES);
    } else {
      application.answer(error, level, onNew);
    }
  }

  private void refill() throws InterruptedException {
    generation++;
    try {
      application.standStill(this::refillAlone);
    } catch (SQLException e) {
      answer(e, Level.READ_COMMITTED, application.onNew());
    }
  }

  private void refillAlone() throws SQLException, InterruptedException {
    boolean onNew = application.onNew();
    Side side = application.side(onNew);
    boolean committing = false;
    try (Connection connection = application.connect("bulk")) {
      connection.setAutoCommit(false);
      side.refill(connection, application.keys().rows(), generation);
      committing = true;
      connection.commit();
    } catch (SQLException e) {
      if (!committing || !Errors.disconnected(e) || !refilled(side)) {
        throw e;
      }
    }
    application.reset(generation);
    application.counters().add(Counter.TRUNCATES);
    application.counters().add(Level.READ_COMMITTED.committed());
    if (application.keys().rows() > MANY) {
      application.counters().add(Counter.BULK);
    }
  }

  /** Whether a load whose commit was not answered is there. */
  private boolean refilled(Side side) throws InterruptedException {
    long id = application.keys().end() / 2 / Keys.STEP * Keys.STEP;
    for (int i = 0; i < 100; i++) {
      try (Connection connection = application.connect("bulk")) {
        return side.read(connection, id).filter(Item.initial(id, generation)::equals).isPresent();
      } catch (SQLException e) {
        Thread.sleep(200);
      }
    }
    return false;
  }
}
