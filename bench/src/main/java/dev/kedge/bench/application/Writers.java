package dev.kedge.bench.application;

import dev.kedge.bench.measure.BenchDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.DoubleStream;

/**
 * Sessions that write at a steady rate, each to rows of its own, so that no wait is one for another
 * of them. A write that is refused because the other side is written now goes there at once, and
 * its wait goes on until it is done.
 */
public final class Writers implements AutoCloseable {
  private static final String WRONG_SIDE = "KD001";

  private final List<Writer> writers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong errors = new AtomicLong();
  private volatile boolean stopped;
  private volatile String error = "";

  /**
   * A side that may be written.
   *
   * @param update changes the row whose key is bound
   * @param insert makes one
   * @param delete removes it
   */
  public record Side(String update, String insert, String delete) {}

  /**
   * Starts them.
   *
   * @param sides the two sides, whichever is written
   * @param perSecond writes of all together
   * @param keys how many rows they may update
   * @param above the rows' keys begin above it
   */
  public Writers(
      BenchDatabase database, List<Side> sides, int sessions, int perSecond, long keys, long above)
      throws SQLException {
    for (int i = 0; i < sessions; i++) {
      Pace pace = new Pace(1_000_000_000L * sessions / perSecond);
      Keys own = new Keys(above + 1 + i, sessions, Math.max(1, keys / sessions));
      Writer writer = new Writer(database.connect(), sides, pace, own);
      writers.add(writer);
      Thread thread = new Thread(writer::run, "writer-" + i);
      thread.setDaemon(true);
      threads.add(thread);
    }
    threads.forEach(Thread::start);
  }

  /** Ends them; only then the waits may be read. */
  @Override
  public void close() {
    stopped = true;
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Errors other than refusals of a side that is not written. */
  public long errors() {
    return errors.get();
  }

  /** The last of them, without values; empty when there was none. */
  public String error() {
    return error;
  }

  /** Writes that were done. */
  public long writes() {
    return writers.stream().mapToLong(writer -> writer.waits.size()).sum();
  }

  /** Milliseconds of the longest wait that was under way at any time between the two. */
  public double longestMillis(long from, long to) {
    return writers.stream().mapToLong(writer -> writer.waits.longest(from, to)).max().orElse(0)
        / 1e6;
  }

  /** Milliseconds of each write that began between the two. */
  public List<Double> millis(long from, long to) {
    return writers.stream()
        .flatMapToDouble(writer -> DoubleStream.of(writer.waits.millis(from, to)))
        .boxed()
        .toList();
  }

  /** When one writes next. */
  private static final class Pace {
    private final long interval;
    private long next = System.nanoTime();

    Pace(long interval) {
      this.interval = interval;
    }

    // Who was held up catches up: the rate is what it was asked to be.
    void await() {
      next += interval;
      long left = next - System.nanoTime();
      if (left > 0) {
        LockSupport.parkNanos(left);
      }
    }
  }

  /** The keys of one writer. */
  private static final class Keys {
    private final long first;
    private final long step;
    private final long number;
    private long used;

    Keys(long first, long step, long number) {
      this.first = first;
      this.step = step;
      this.number = number;
    }

    long next() {
      return first + step * (used++ % number);
    }

    /** One that no row has, beyond those of all. */
    long fresh() {
      return first + 1_000_000_000L;
    }
  }

  private final class Writer {
    private static final int TO_INSERT = 8;
    private static final int TO_DELETE = 9;
    private static final int ROUND = 10;

    private final Waits waits = new Waits();
    private final Connection connection;
    private final List<List<PreparedStatement>> sides = new ArrayList<>();
    private final Pace pace;
    private final Keys keys;
    private int side;
    private long turn;

    Writer(Connection connection, List<Side> sides, Pace pace, Keys keys) throws SQLException {
      this.connection = connection;
      this.pace = pace;
      this.keys = keys;
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET synchronous_commit = off; SET application_name = 'writer'");
      }
      for (Side each : sides) {
        List<PreparedStatement> statements = new ArrayList<>();
        for (String text : Arrays.asList(each.update(), each.insert(), each.delete())) {
          statements.add(connection.prepareStatement(text));
        }
        this.sides.add(statements);
      }
    }

    private void run() {
      try (Connection ours = connection) {
        while (!stopped && !ours.isClosed()) {
          pace.await();
          long from = System.nanoTime();
          write();
          waits.add(from, System.nanoTime());
        }
      } catch (SQLException e) {
        failed(e);
      }
    }

    private void write() {
      int kind = (int) (turn++ % ROUND);
      int statement = kind == TO_INSERT ? 1 : kind == TO_DELETE ? 2 : 0;
      long key = statement == 0 ? keys.next() : keys.fresh();
      // Twice, for the side may change back while it goes over; more often it is an error.
      for (int attempt = 0; attempt < 3; attempt++) {
        try {
          PreparedStatement prepared = sides.get(side).get(statement);
          prepared.setLong(1, key);
          prepared.executeUpdate();
          return;
        } catch (SQLException e) {
          if (!WRONG_SIDE.equals(e.getSQLState())) {
            failed(e);
            return;
          }
          side = 1 - side;
        }
      }
      errors.incrementAndGet();
      error = "refused by both sides";
    }

    private void failed(SQLException e) {
      errors.incrementAndGet();
      error = "SQLSTATE " + e.getSQLState();
    }
  }
}
