package dev.kedge.bench.application;

import dev.kedge.bench.measure.BenchDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/** Pgbench's usual transaction without pgbench, through the driver. */
public final class JdbcLoad implements Load {
  private static final String[] TRANSACTION = {
    "UPDATE pgbench_accounts SET abalance = abalance + ? WHERE aid = ?",
    "SELECT abalance FROM pgbench_accounts WHERE aid = ?",
    "UPDATE pgbench_tellers SET tbalance = tbalance + ? WHERE tid = ?",
    "UPDATE pgbench_branches SET bbalance = bbalance + ? WHERE bid = ?",
    "INSERT INTO pgbench_history (tid, bid, aid, delta, mtime)"
        + " VALUES (?, ?, ?, ?, CURRENT_TIMESTAMP)"
  };

  private final BenchDatabase database;
  private final int sessions;
  private final int branches;

  public JdbcLoad(BenchDatabase database, int sessions, int branches) {
    this.database = database;
    this.sessions = sessions;
    this.branches = branches;
  }

  @Override
  public String name() {
    return "a JDBC client, for there is no pgbench on this machine";
  }

  @Override
  public List<Double> run(int perSecond, int seconds) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(sessions);
    try {
      List<Future<List<Double>>> running = new ArrayList<>();
      for (int i = 0; i < sessions; i++) {
        SplittableRandom random = new SplittableRandom(i);
        running.add(threads.submit(() -> session((double) perSecond / sessions, seconds, random)));
      }
      List<Double> all = new ArrayList<>();
      for (Future<List<Double>> each : running) {
        all.addAll(each.get());
      }
      return all;
    } finally {
      threads.shutdownNow();
    }
  }

  private List<Double> session(double perSecond, int seconds, SplittableRandom random)
      throws SQLException {
    List<Double> millis = new ArrayList<>();
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      List<PreparedStatement> statements = new ArrayList<>();
      for (String text : TRANSACTION) {
        statements.add(connection.prepareStatement(text));
      }
      long due = System.nanoTime();
      long end = due + seconds * 1_000_000_000L;
      while (due - end < 0) {
        // As pgbench does it: moments of a Poisson process.
        due += (long) (-Math.log(1 - random.nextDouble()) / perSecond * 1e9);
        LockSupport.parkNanos(Math.max(0, due - System.nanoTime()));
        transaction(statements, random);
        connection.commit();
        millis.add((System.nanoTime() - due) / 1e6);
      }
    }
    return millis;
  }

  private void transaction(List<PreparedStatement> statements, SplittableRandom random)
      throws SQLException {
    int branch = random.nextInt(1, branches + 1);
    int teller = random.nextInt(1, branches * TpcB.TELLERS_OF_A_BRANCH + 1);
    int account = random.nextInt(1, (int) (branches * TpcB.ACCOUNTS_OF_A_BRANCH) + 1);
    int delta = random.nextInt(-5_000, 5_001);
    run(statements.get(0), delta, account);
    run(statements.get(1), account);
    run(statements.get(2), delta, teller);
    run(statements.get(3), delta, branch);
    run(statements.get(4), teller, branch, account, delta);
  }

  private static void run(PreparedStatement statement, int... binds) throws SQLException {
    for (int i = 0; i < binds.length; i++) {
      statement.setInt(i + 1, binds[i]);
    }
    statement.execute();
  }
}
