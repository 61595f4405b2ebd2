package dev.kedge.bench.stress;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * An application without manners, written for both shapes, that knows nothing of Kedge but SQLSTATE
 * {@code KD001}: whoever is refused goes on with the other side, and all others with him.
 */
final class Application implements AutoCloseable {
  /** Two at each level, and one more at the level of most applications. */
  private static final List<Level> CLIENTS =
      List.of(
          Level.READ_COMMITTED,
          Level.REPEATABLE_READ,
          Level.SERIALIZABLE,
          Level.READ_COMMITTED,
          Level.REPEATABLE_READ,
          Level.SERIALIZABLE,
          Level.READ_COMMITTED);

  private final Server server;
  private final Shape shape;
  private final Keys keys;
  private final Pace pace;
  private final Counters counters;
  private final Findings findings;
  private final AtomicBoolean open = new AtomicBoolean(true);
  private final ReadWriteLock gate = new ReentrantReadWriteLock(true);
  private final List<Client> clients = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Bulk bulk;
  private volatile boolean onNew;
  private volatile boolean calm;
  private volatile long @Nullable [] ranges;

  Application(Server server, Shape shape, int rows, SplittableRandom random, Run run) {
    this.server = server;
    this.shape = shape;
    this.keys = new Keys(rows, CLIENTS.size());
    this.pace = run.pace();
    this.counters = run.counters();
    this.findings = run.findings();
    for (int i = 0; i < CLIENTS.size(); i++) {
      clients.add(new Client(this, i, CLIENTS.get(i), random.split()));
    }
    bulk = new Bulk(this, random.split());
  }

  static int clientsPerApplication() {
    return CLIENTS.size();
  }

  /** Loads the old side and begins to write it. */
  void start() throws SQLException {
    try (Connection connection = server.connect("setup")) {
      Jdbc.execute(connection, shape.schema());
      connection.setAutoCommit(false);
      shape.old().refill(connection, keys.rows(), 0);
      connection.commit();
      connection.setAutoCommit(true);
      Jdbc.execute(connection, "VACUUM ANALYZE");
    }
    reset(0);
    clients.forEach(client -> begin(client, "client-" + client.number()));
    begin(bulk, "bulk");
  }

  private void begin(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
  }

  /** What every journal begins with after a load, of whichever side. */
  void reset(int generation) {
    clients.forEach(client -> client.turn(onNew));
    clients.forEach(client -> client.journal().clear());
    for (long i = 1; i <= keys.rows(); i++) {
      long id = i * Keys.STEP;
      Item item = Item.initial(id, generation);
      if (!keys.isShared(id)) {
        clients.get(keys.owner(id)).journal().begin(id, item);
      }
    }
  }

  boolean open() {
    return open.get();
  }

  Connection connect(String purpose) throws SQLException {
    return server.connect(purpose);
  }

  Shape shape() {
    return shape;
  }

  Keys keys() {
    return keys;
  }

  Pace pace() {
    return pace;
  }

  Counters counters() {
    return counters;
  }

  Findings findings() {
    return findings;
  }

  /** Whether the new side is written; a transaction asks once. */
  boolean onNew() {
    return onNew;
  }

  Side side(boolean newSide) {
    return newSide ? shape.next() : shape.old();
  }

  /** Writes that side from now on. */
  void write(boolean newSide) {
    onNew = newSide;
  }

  /** Fewer transactions that stay open and write, so that a handover finds a gap. */
  void calm(boolean on) {
    calm = on;
  }

  boolean calm() {
    return calm;
  }

  /** Bounds of the ranges while a backfill runs; null otherwise. */
  void ranges(long @Nullable [] bounds) {
    ranges = bounds;
  }

  /** Whether a backfill runs and the keys are in different ranges of it. */
  boolean acrossRanges(long one, long other) {
    long[] bounds = ranges;
    return bounds != null && range(bounds, one) != range(bounds, other);
  }

  private static int range(long[] bounds, long key) {
    int range = 0;
    while (range < bounds.length && key > bounds[range]) {
      range++;
    }
    return range;
  }

  /** Something that wants no transaction of the application to be open. */
  @FunctionalInterface
  interface Check {
    void run() throws SQLException, InterruptedException;
  }

  /**
   * Runs it while none is, prepared transactions of clients that lost their connection included.
   */
  void standStill(Check check) throws SQLException, InterruptedException {
    while (!stoodStill(check)) {
      Thread.sleep(20);
    }
  }

  private boolean stoodStill(Check check) throws SQLException, InterruptedException {
    gate.writeLock().lock();
    try {
      if (!clients.stream().allMatch(Client::settled)) {
        return false;
      }
      check.run();
      return true;
    } finally {
      gate.writeLock().unlock();
    }
  }

  /** One transaction, or whatever else must not be open while the application stands still. */
  void during(Check transaction) throws SQLException, InterruptedException {
    gate.readLock().lock();
    try {
      transaction.run();
    } finally {
      gate.readLock().unlock();
    }
  }

  /** Answers an error that ended a transaction which wrote that side. */
  void answer(SQLException error, Level level, boolean newSide) {
    String state = Errors.state(error);
    switch (state) {
      case Errors.OTHER_SIDE -> {
        counters.add(Counter.REFUSED);
        turn(newSide);
      }
      case Errors.CONFLICT -> {
        counters.add(level.conflicts());
        if (level == Level.READ_COMMITTED && !Errors.movedAway(error)) {
          findings.add("40001 at READ COMMITTED: " + error.getMessage());
        }
      }
      case Errors.DEADLOCK -> counters.add(Counter.DEADLOCKS);
      case Errors.DUPLICATE -> counters.add(Counter.DUPLICATES);
      default -> {
        if (Errors.dropped(error)) {
          counters.add(Counter.DROPPED);
          turn(newSide);
        } else {
          findings.add("the application got " + state + ": " + error.getMessage());
        }
      }
    }
  }

  private synchronized void turn(boolean from) {
    if (onNew == from) {
      onNew = !from;
    }
  }

  List<Client> clients() {
    return clients;
  }

  /** Stops writing; the journals are final then. */
  @Override
  public void close() {
    open.set(false);
    for (Thread thread : threads) {
      try {
        thread.join(60_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
