package dev.kedge.bench.stress;

import dev.kedge.plan.Phase;
import dev.kedge.spec.Gate;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One migration of fresh tables under the application, from load to contract or back. */
final class Round {
  private static final long LOOK_MILLIS = 20;
  private static final long LONGEST_CHANGE_NANOS = 170_000_000_000L;
  private static final long TELL_NANOS = 5_000_000_000L;

  /** Where a round turns back. */
  private enum Turn {
    NEVER,
    AT_READS,
    AT_WRITES,
    AFTER_WRITES
  }

  private final Harbor harbor;
  private final Shape shape;
  private final Path directory;
  private final Run run;
  private final long share;
  private final SplittableRandom random;
  private final Application application;
  private final Migration migration;
  private final Control control;
  private final Oracle oracle;
  private final Trouble trouble;
  private final long before;
  private @Nullable List<String> digest;

  /**
   * @param rows rows a table is loaded with
   * @param share transactions the application is to commit in it, at least
   */
  Round(Harbor harbor, Shape shape, Path directory, Run run, int rows, long share) {
    this.harbor = harbor;
    this.shape = shape;
    this.directory = directory;
    this.run = run;
    this.share = share;
    this.random = harbor.random().split();
    this.application = new Application(harbor.server(), shape, rows, random.split(), run);
    this.control = new Control(harbor.server(), shape.migration());
    this.migration = harbor.migration(shape.migration(), control, run);
    this.oracle = new Oracle(application, control, run);
    this.trouble = new Trouble(harbor, migration, application, control, run);
    this.before = run.counters().committed();
  }

  /** What happens in it now, for the line every ten seconds. */
  String now() {
    MigrationStatus status = migration.last();
    return shape.migration()
        + (status == null ? "" : " " + status.phase().label() + " " + status.state().label());
  }

  Migration migration() {
    return migration;
  }

  /** Walks it; what the planner refused, or an empty string. */
  String walk() throws SQLException, InterruptedException, IOException {
    try {
      application.start();
      digest = digest();
      Cli.Result started = start();
      if (!started.ok()) {
        return started.words();
      }
      trouble.begin();
      walk(turn());
      run.counters().add(Counter.ROUNDS);
      return "";
    } finally {
      trouble.close();
      application.close();
    }
  }

  /** Removes its tables; not after a failure, which somebody will want to look at. */
  void clear() throws SQLException {
    try (Connection connection = harbor.server().connect("setup")) {
      Jdbc.execute(connection, shape.cleanup());
    }
  }

  private Cli.Result start() throws IOException {
    Path spec = directory.resolve(shape.migration() + ".yaml");
    Files.writeString(spec, shape.spec());
    return harbor.cli().run("start", spec.toString(), "--as", Migration.ENGINEER);
  }

  private Turn turn() {
    boolean owed = run.counters().behind(Counter.ROLLBACKS);
    if (random.nextInt(owed ? 2 : 4) > 0) {
      return Turn.NEVER;
    }
    if (run.counters().behind(Counter.SPANNED_RR)) {
      return shape.followsBack() ? Turn.AFTER_WRITES : Turn.NEVER;
    }
    List<Turn> turns = List.of(Turn.AT_READS, Turn.AT_WRITES, Turn.AFTER_WRITES);
    Turn turn = turns.get(random.nextInt(turns.size()));
    return turn == Turn.AFTER_WRITES && !shape.followsBack() ? Turn.AT_WRITES : turn;
  }

  private void walk(Turn turn) throws SQLException, InterruptedException {
    if (shape.atEveryCommit()) {
      flip();
    }
    migration.awaitGate(Gate.READS);
    awaitShare(0.5);
    compare("before reads");
    if (turn == Turn.AT_READS) {
      turnBack(false);
      return;
    }
    migration.approve(Gate.READS, Migration.ANA);
    migration.awaitGate(Gate.WRITES);
    if (turn == Turn.AT_WRITES) {
      turnBack(false);
      return;
    }
    handOver();
    migration.awaitGate(Gate.CONTRACT);
    awaitShare(1);
    if (shape.followsBack()) {
      compare("after writes");
    }
    if (turn == Turn.AFTER_WRITES) {
      turnBack(true);
      return;
    }
    contract();
  }

  /** Lets the application go on until so much of the round's share is committed. */
  private void awaitShare(double part) throws InterruptedException {
    while (run.counters().committed() - before < share * part && run.findings().none()) {
      Thread.sleep(LOOK_MILLIS);
    }
  }

  private void compare(String when) throws SQLException, InterruptedException {
    trouble.quiet(true);
    try {
      oracle.bothSides(when);
    } finally {
      trouble.quiet(false);
    }
  }

  /** Approves writes, with transactions open across the moment at which the side changes. */
  private void handOver() throws SQLException, InterruptedException {
    across(
        new Spanners.Across(false, true),
        () -> {
          migration.approve(Gate.WRITES, Migration.BEN);
          awaitSide(true);
        });
  }

  /** What changes the side. */
  @FunctionalInterface
  private interface Change {
    void make() throws SQLException, InterruptedException;
  }

  private void across(Spanners.Across change, Change maker)
      throws SQLException, InterruptedException {
    application.calm(true);
    trouble.gentle(true);
    Spanners spanners = Spanners.open(application, change, random);
    boolean happened = false;
    try {
      maker.make();
      happened = true;
      if (change.fromNew() == change.toNew()) {
        run.counters().add(Counter.FLIPS);
      } else {
        run.counters().add(Counter.HANDOVERS);
      }
      if (!shape.guarded()) {
        // Two versions of the application for a moment: both columns may be written.
        application.write(change.toNew());
      }
    } finally {
      spanners.end(happened);
      trouble.gentle(false);
      application.calm(false);
    }
  }

  /** A synchronous copy flips on its own account, some time after it is filled. */
  private void flip() throws SQLException, InterruptedException {
    migration.await("reconcile", status -> status.phase().compareTo(Phase.RECONCILE) >= 0);
    across(
        new Spanners.Across(false, false),
        () -> await("the copy does not flip", () -> control.allFlipped()));
  }

  private void awaitSide(boolean newSide) throws InterruptedException {
    Slowness slowness = new Slowness();
    await(
        "the writing side does not change",
        () -> {
          boolean changed = control.allWrite(newSide);
          if (!changed) {
            migration.approveAgain();
            slowness.tell();
          }
          return changed;
        });
  }

  /** Says what is in the way of a change that takes its time. */
  private final class Slowness {
    private long next = System.nanoTime() + TELL_NANOS;

    void tell() throws SQLException {
      if (System.nanoTime() - next > 0) {
        next = System.nanoTime() + TELL_NANOS;
        control.sides().forEach(side -> run.narrator().say(shape.migration() + " " + side));
      }
    }
  }

  /** Something the control schema tells. */
  @FunctionalInterface
  private interface Told {
    boolean told() throws SQLException, InterruptedException;
  }

  private static void await(String otherwise, Told reached) throws InterruptedException {
    long end = System.nanoTime() + LONGEST_CHANGE_NANOS;
    while (!isTold(reached)) {
      if (System.nanoTime() - end > 0) {
        throw new Migration.Stuck(otherwise);
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }

  private static boolean isTold(Told reached) throws InterruptedException {
    try {
      return reached.told();
    } catch (SQLException e) {
      // The server is down for a moment.
      return false;
    }
  }

  private void turnBack(boolean written) throws SQLException, InterruptedException {
    if (written) {
      if (!shape.guarded()) {
        // The new version is gone from everywhere before people turn back.
        application.standStill(() -> application.write(false));
      }
      across(
          new Spanners.Across(true, false),
          () -> {
            migration.rollback();
            awaitSide(false);
          });
    } else {
      migration.rollback();
    }
    migration.awaitState(State.ROLLED_BACK);
    application.write(false);
    trouble.quiet(true);
    List<String> difference =
        CatalogDigest.difference(digest == null ? List.of() : digest, digest());
    if (difference.isEmpty()) {
      run.counters().add(Counter.ROLLBACKS);
    } else {
      run.findings().add("after a rollback the catalog is not as before: " + difference.get(0));
    }
    oracle.writtenSide("after a rollback");
  }

  private List<String> digest() throws SQLException {
    try (Connection connection = harbor.server().connect("digest")) {
      return CatalogDigest.of(connection);
    }
  }

  private void contract() throws SQLException, InterruptedException {
    migration.approve(Gate.CONTRACT, Migration.ANA, Migration.BEN);
    migration.await(
        "completed", status -> status.state() == State.COMPLETED || status.phase() == Phase.DONE);
    migration.awaitState(State.COMPLETED);
    trouble.quiet(true);
    oracle.writtenSide("after contract");
  }
}
