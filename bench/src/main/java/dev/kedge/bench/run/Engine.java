package dev.kedge.bench.run;

import dev.kedge.activity.BackfillActivities;
import dev.kedge.activity.BackfillActivities.LaneRequest;
import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.CaptureActivities;
import dev.kedge.activity.DdlActivities;
import dev.kedge.activity.DdlActivities.DdlRequest;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.PlanActivities;
import dev.kedge.activity.RegistryActivities;
import dev.kedge.activity.RegistryActivities.FenceRequest;
import dev.kedge.activity.RegistryActivities.RegisterRequest;
import dev.kedge.activity.Scope;
import dev.kedge.activity.TailActivities;
import dev.kedge.activity.TailActivities.TailRequest;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Step;
import dev.kedge.postgres.Databases;
import dev.kedge.spec.SpecException;
import dev.kedge.spec.SpecReader;
import dev.kedge.worker.Activities;
import dev.kedge.worker.DatabaseConfig;
import dev.kedge.worker.WorkerSettings;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One migration, its first move in particular, driven activity by activity as a workflow drives a
 * worker's, but without Temporal. The activities are those a worker has. Closing it takes
 * everything of Kedge's away from the database; the target stays.
 */
final class Engine implements AutoCloseable {
  private static final Duration BUDGET = Duration.ofMinutes(30);
  private static final long LOOK_AGAIN_MILLIS = 5;
  private static final String STEP = "bench";

  private final BenchDatabase database;
  private final Databases pools;
  private final Activities activities;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Plan plan;
  private Scope scope;
  private @Nullable Future<?> tail;

  private Engine(BenchDatabase database, Databases pools, String spec) {
    this.database = database;
    this.pools = pools;
    this.activities = new Activities(pools);
    this.plan = plan(spec);
    RegistryActivities registry = activities.get(RegistryActivities.class);
    String name = plan.spec().migration();
    long epoch = registry.register(new RegisterRequest(plan, "bench." + name, STEP, STEP)).epoch();
    this.scope = new Scope(name, plan.spec().database(), epoch);
  }

  /** Plans the spec's migration and registers it. Its database is called {@code app}. */
  static Engine open(BenchDatabase database, String spec) {
    Databases pools =
        WorkerSettings.open(List.of(DatabaseConfig.of("app", database.url())), Map.of());
    try {
      return new Engine(database, pools, spec);
    } catch (RuntimeException e) {
      pools.close();
      throw e;
    }
  }

  private Plan plan(String spec) {
    try {
      Plan made =
          activities.get(PlanActivities.class).makePlan(SpecReader.read("bench.yaml", spec));
      if (!made.refusals().isEmpty()) {
        throw new IllegalStateException(
            made.refusals().stream().map(Object::toString).collect(Collectors.joining("\n")));
      }
      return made;
    } catch (SpecException e) {
      throw new IllegalStateException(e);
    }
  }

  <T> T activities(Class<T> type) {
    return activities.get(type);
  }

  Scope scope() {
    return scope;
  }

  Plan plan() {
    return plan;
  }

  MoveScope move() {
    return new MoveScope(scope, plan.moves().get(0));
  }

  /** Everything before the backfill, as a walk does it: expand, deferred indexes, capture. */
  void prepare() {
    expand();
    defer();
    capture();
  }

  void expand() {
    DdlActivities ddl = activities.get(DdlActivities.class);
    for (Step step : plan.stepsOf(Phase.EXPAND)) {
      if (step instanceof Step.ApplyDdl apply) {
        ddl.applyDdl(new DdlRequest(scope, apply));
      }
    }
  }

  /** Takes the target's indexes away; for a move in place there is nothing to do. */
  void defer() {
    activities.get(BackfillActivities.class).deferIndexes(move());
  }

  /** Installs capture and lets the tail follow from then on. */
  void capture() {
    activities.get(CaptureActivities.class).installCapture(move());
    if (move().move().kind() == MovePlan.Kind.COPY) {
      MoveScope move = move();
      tail = threads.submit(() -> follow(move));
    }
  }

  private void follow(MoveScope move) {
    Outcome outcome = Outcome.BUDGET;
    while (outcome == Outcome.BUDGET || outcome == Outcome.NOTHING_TO_CLAIM) {
      outcome =
          activities.get(TailActivities.class).followTail(new TailRequest(move, BUDGET)).outcome();
    }
  }

  /** Fills all ranges with so many lanes side by side; returns the chunks they committed. */
  long fill(int lanes) throws InterruptedException {
    List<Future<Long>> turns = new ArrayList<>();
    for (int lane = 1; lane <= lanes; lane++) {
      int number = lane;
      turns.add(threads.submit(() -> lane(number)));
    }
    long chunks = 0;
    for (Future<Long> turn : turns) {
      chunks += get(turn);
    }
    return chunks;
  }

  private long lane(int number) throws InterruptedException {
    BackfillActivities backfill = activities.get(BackfillActivities.class);
    long chunks = 0;
    while (true) {
      LaneResult turn = backfill.fillRanges(new LaneRequest(move(), number, BUDGET));
      chunks += turn.chunks();
      switch (turn.outcome()) {
        case DONE -> {
          return chunks;
        }
        case FENCED -> throw new IllegalStateException("fenced");
        case NOTHING_TO_CLAIM -> Thread.sleep(LOOK_AGAIN_MILLIS);
        case BUDGET -> {
          // The next turn.
        }
      }
    }
  }

  private static <T> T get(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Builds the deferred indexes. */
  void restore() {
    activities.get(BackfillActivities.class).restoreIndexes(move());
  }

  /** Stops everything, and removes the control schema with all that depends on it. */
  @Override
  public void close() throws SQLException {
    try {
      activities
          .get(RegistryActivities.class)
          .fence(new FenceRequest(scope, false, "the run is over"));
      awaitTail();
    } finally {
      threads.shutdownNow();
      pools.close();
    }
    database.execute("DROP SCHEMA kedge CASCADE");
  }

  private void awaitTail() {
    if (tail == null) {
      return;
    }
    try {
      tail.get(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new IllegalStateException("the tail does not end", e);
    }
  }
}
