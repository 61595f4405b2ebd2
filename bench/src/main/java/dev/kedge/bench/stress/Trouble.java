package dev.kedge.bench.stress;

import dev.kedge.plan.Phase;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.MigrationWorkflow;
import dev.kedge.workflow.State;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What goes wrong during a round, and what people do to it: kills, freezes, crashes, pauses,
 * resumes, tunes. Seeded in kind and order; when each comes depends on how fast the machine is.
 */
final class Trouble implements AutoCloseable {
  private static final long LOOK_MILLIS = 300;
  private static final int WORKERS = 3;
  private static final int ENOUGH_TURNS = 40;

  /** What may be done. */
  private enum Kind {
    KILL,
    FREEZE,
    CRASH,
    PAUSE,
    TUNE
  }

  private final Fleet fleet;
  private final Server server;
  private final Refusals refusals;
  private final ServerLog log;
  private final LostHeartbeats lostHeartbeats;
  private final Migration migration;
  private final Application application;
  private final Control control;
  private final Run run;
  private final SplittableRandom random;
  private final Thread thread = new Thread(this::make, "trouble");
  private volatile boolean open = true;
  private boolean quiet;
  private boolean gentle;
  private long thawAt;
  private long resumeAt;
  private long nextAt;
  private long latestAt;
  private long sampleAt;
  private long turns;
  private long turnsThen;
  private final int pauseMillis;
  private boolean inBackfill;
  private boolean owed;

  Trouble(Harbor harbor, Migration migration, Application application, Control control, Run run) {
    this.fleet = harbor.fleet();
    this.server = harbor.server();
    this.refusals = harbor.refusals();
    this.log = harbor.serverLog();
    this.lostHeartbeats = harbor.lostHeartbeats();
    this.migration = migration;
    this.application = application;
    this.control = control;
    this.run = run;
    this.random = harbor.random().split();
    this.pauseMillis = harbor.troublePauseMillis();
    this.nextAt = in(2_000);
    this.latestAt = in(30_000);
  }

  void begin() {
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Nothing new goes wrong, and what was going wrong is over when it returns; what was frozen or
   * paused still comes back.
   */
  synchronized void quiet(boolean on) {
    quiet = on;
  }

  /** Nothing that would end sessions of the application, or keep the migration waiting. */
  synchronized void gentle(boolean on) {
    gentle = on;
  }

  private void make() {
    while (open) {
      try {
        Thread.sleep(LOOK_MILLIS);
        step();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        run.findings().add("trouble in making trouble: " + e);
      }
    }
  }

  private synchronized void step() {
    sample();
    if (thawAt != 0 && System.nanoTime() - thawAt > 0) {
      thaw();
    }
    if (resumeAt != 0 && System.nanoTime() - resumeAt > 0) {
      resume();
    } else if (resumeAt == 0 && isPaused()) {
      // A pause that was not answered in time has come true.
      resumeAt = in(1_000);
    }
    if (quiet) {
      return;
    }
    boolean begins = beginsToFill();
    if (begins) {
      tune("5ms");
    }
    if (begins || isTime()) {
      nextAt = in(pauseMillis + random.nextInt(2 * pauseMillis));
      latestAt = in(8L * pauseMillis);
      turnsThen = turns;
      act(choose());
    }
  }

  // Only after something went on: on a slow machine nothing else would ever come to its end.
  private boolean isTime() {
    return System.nanoTime() - nextAt > 0
        && (turns - turnsThen >= ENOUGH_TURNS || System.nanoTime() - latestAt > 0);
  }

  /** A backfill is short here: it is slowed down, and gets its trouble at once. */
  private boolean beginsToFill() {
    MigrationStatus status = migration.last();
    boolean filling = status != null && status.phase() == Phase.BACKFILL;
    boolean begins = filling && !inBackfill;
    inBackfill = filling;
    return begins;
  }

  private void sample() {
    if (System.nanoTime() - sampleAt < 0) {
      return;
    }
    sampleAt = in(1_000);
    lostHeartbeats.giveUp(MigrationWorkflow.idOf(migration.name()));
    try {
      application.ranges(control.bounds());
      turns = control.turns();
      run.counters().add(Counter.DISCARDED, control.discarded());
    } catch (SQLException e) {
      // The server is down for a moment.
      return;
    }
    refusals.take();
    log.read();
    fleet.mend(WORKERS);
  }

  private Kind choose() {
    List<Kind> behind = new ArrayList<>();
    need(behind, Kind.KILL, Counter.KILLS);
    need(behind, Kind.FREEZE, Counter.FREEZES);
    need(behind, Kind.CRASH, Counter.RESTARTS);
    need(behind, Kind.PAUSE, Counter.PAUSES);
    need(behind, Kind.TUNE, Counter.TUNES);
    if (!behind.isEmpty() && random.nextInt(3) > 0) {
      return behind.get(random.nextInt(behind.size()));
    }
    int die = random.nextInt(100);
    return die < 40
        ? Kind.KILL
        : die < 50 ? Kind.FREEZE : die < 58 ? Kind.CRASH : die < 78 ? Kind.PAUSE : Kind.TUNE;
  }

  private void need(List<Kind> behind, Kind kind, Counter counter) {
    if (run.counters().behind(counter)) {
      behind.add(kind);
    }
  }

  private void act(Kind kind) {
    switch (kind) {
      case KILL -> {
        // It takes half a minute until another one takes over what it did.
        if ((!gentle || random.nextBoolean()) && fleet.killOne(random)) {
          run.counters().add(Counter.KILLS);
        }
      }
      case FREEZE -> freeze();
      case CRASH -> {
        if (!gentle) {
          crash();
        }
      }
      case PAUSE -> {
        if (!gentle) {
          pause();
        }
      }
      case TUNE -> tune((5 + random.nextInt(36)) + "ms");
    }
  }

  // Past the lease and the heartbeat, which are 30 s each: what wakes is a zombie.
  private void freeze() {
    if (thawAt == 0 && fleet.freezeOne(random)) {
      thawAt = in(33_000 + random.nextInt(4_000));
      run.counters().add(Counter.FREEZES);
    }
  }

  private void thaw() {
    thawAt = 0;
    fleet.thaw();
  }

  private void crash() {
    refusals.take();
    run.narrator().say("the server crashes");
    server.crash();
    refusals.forgotten();
    run.counters().add(Counter.RESTARTS);
  }

  private void pause() {
    if (resumeAt != 0 || !goesOn()) {
      return;
    }
    Cli.Result result =
        migration.attempt(
            "pause", migration.name(), "--as", Migration.ENGINEER, "--timeout", "40s");
    if (result.ok()) {
      run.counters().add(Counter.PAUSES);
    }
    owed = true;
    // One that was not answered in time may come true later.
    resumeAt = in(500 + random.nextInt(3_000));
  }

  private boolean goesOn() {
    MigrationStatus status = migration.last();
    return status != null
        && (status.state() == State.RUNNING || status.state() == State.WAITING)
        && status.phase() != Phase.DONE;
  }

  private void resume() {
    Cli.Result result = migration.attempt("resume", migration.name(), "--as", Migration.ENGINEER);
    if (result.ok()) {
      run.counters().add(owed ? Counter.RESUMES : Counter.RESUMES_AGAIN);
      owed = false;
      resumeAt = 0;
    } else if (isPaused()) {
      resumeAt = in(1_000);
    } else {
      resumeAt = 0;
    }
  }

  private boolean isPaused() {
    MigrationStatus status = migration.last();
    return status != null && status.state() == State.PAUSED;
  }

  private void tune(String chunk) {
    String lanes = Integer.toString(1 + random.nextInt(4));
    if (migration
        .attempt(
            "tune",
            migration.name(),
            "--lanes",
            lanes,
            "--chunk",
            chunk,
            "--as",
            Migration.ENGINEER)
        .ok()) {
      run.counters().add(Counter.TUNES);
    }
  }

  private static long in(long millis) {
    return System.nanoTime() + millis * 1_000_000;
  }

  /** Ends it, everybody awake and nothing paused. */
  @Override
  public void close() {
    open = false;
    try {
      thread.join(120_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    thaw();
    if (isPaused()) {
      resume();
    }
  }
}
