package dev.kedge.throttle;

import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.SqlStates;
import dev.kedge.spec.Signal;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongUnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the throttles of a worker. Signals are read on threads of its own, which end when nobody
 * works: a query that takes its time, or a replica that does not answer, holds up no chunk.
 */
public final class Throttles {
  private static final Logger LOG = LoggerFactory.getLogger(Throttles.class);

  private final ExecutorService readers =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "kedge-signals");
            thread.setDaemon(true);
            return thread;
          });
  private final Set<String> reading = ConcurrentHashMap.newKeySet();
  private final Map<String, Courtesy> courtesies = new ConcurrentHashMap<>();

  /**
   * For a lane of a move; {@code lane} counts from 1. On the way back nobody but a person stops
   * anything, so there no signal is read.
   */
  public Throttle lane(Database database, MoveScope move, long migration, int lane)
      throws SQLException {
    Subject subject = new Subject(database, move.scope(), migration, move.move().lanes());
    Bounds bounds = Bounds.recorded(database, move.scope().migration(), migration);
    boolean guarded = !bounds.none() && !move.unguarded();
    return new Throttle(subject, lane, guarded, readers(subject, bounds));
  }

  /** For what only looks after the signals, or works alone: as the first lane. */
  public Throttle alone(Database database, MoveScope move, long migration) throws SQLException {
    return lane(database, move, migration, 1);
  }

  private Throttle.Readers readers(Subject subject, Bounds bounds) {
    Ticker ticker = new Ticker(subject, bounds, LongUnaryOperator.identity());
    Courtesy courtesy =
        courtesies.computeIfAbsent(
            key(subject),
            any -> new Courtesy(subject, bounds.has(Signal.BLOCKED_BY_US), this::beside));
    return new Throttle.Readers() {
      @Override
      public void tick() {
        Throttles.this.tick(subject, ticker);
      }

      @Override
      public void begin() {
        courtesy.begin();
      }

      @Override
      public void end() {
        courtesy.end();
      }
    };
  }

  // One at a time of each migration: one that hangs must not take a connection every second.
  private void tick(Subject subject, Ticker ticker) {
    String key = key(subject);
    if (reading.add(key)) {
      beside(
          () -> {
            try {
              ticker.tick();
            } catch (SQLException e) {
              LOG.warn(
                  "signals of {} cannot be read: {}",
                  subject.scope().migration(),
                  SqlStates.describe(e));
            } finally {
              reading.remove(key);
            }
          });
    }
  }

  private void beside(Runnable work) {
    try {
      readers.execute(work);
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      // Then the row gets old, which stops everybody.
      LOG.warn("no thread to read signals on: {}", e.getClass().getSimpleName());
    }
  }

  private static String key(Subject subject) {
    return subject.database().name() + "/" + subject.id() + "/" + subject.scope().epoch();
  }
}
