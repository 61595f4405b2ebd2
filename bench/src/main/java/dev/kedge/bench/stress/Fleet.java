package dev.kedge.bench.stress;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** The worker processes; who is killed is replaced at once. */
final class Fleet implements AutoCloseable {
  private final String temporal;
  private final String databaseUrl;
  private final Path logs;
  private final List<WorkerProcess> workers = new ArrayList<>();
  private final List<WorkerProcess> frozen = new ArrayList<>();
  private int started;

  Fleet(String temporal, String databaseUrl, Path logs) {
    this.temporal = temporal;
    this.databaseUrl = databaseUrl;
    this.logs = logs;
    // A frozen process does not see that this one is gone.
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "end-workers"));
  }

  /** Starts some more and waits until they poll. */
  synchronized void add(int count) {
    List<WorkerProcess> fresh = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      started++;
      fresh.add(
          WorkerProcess.start(temporal, databaseUrl, logs.resolve("worker-" + started + ".log")));
    }
    for (WorkerProcess worker : fresh) {
      if (worker.awaitReady()) {
        workers.add(worker);
      } else {
        worker.kill();
      }
    }
  }

  /** Kills one that is not frozen, and starts another; false when there is none. */
  synchronized boolean killOne(SplittableRandom random) {
    if (workers.isEmpty()) {
      return false;
    }
    workers.remove(random.nextInt(workers.size())).kill();
    add(1);
    return true;
  }

  /** Freezes one; false when too few are left awake. */
  synchronized boolean freezeOne(SplittableRandom random) {
    if (workers.size() < 2) {
      return false;
    }
    WorkerProcess worker = workers.remove(random.nextInt(workers.size()));
    worker.freeze();
    frozen.add(worker);
    return true;
  }

  /** Wakes all that are frozen. */
  synchronized void thaw() {
    frozen.forEach(WorkerProcess::thaw);
    workers.addAll(frozen);
    frozen.clear();
  }

  /** Replaces whoever ended by itself; how many did. */
  synchronized int mend(int wanted) {
    int before = workers.size();
    workers.removeIf(worker -> !worker.alive());
    int ended = before - workers.size();
    int missing = wanted - workers.size() - frozen.size();
    if (missing > 0) {
      add(missing);
    }
    return ended;
  }

  synchronized List<Path> logs() {
    return workers.stream().map(WorkerProcess::log).toList();
  }

  @Override
  public synchronized void close() {
    frozen.forEach(WorkerProcess::kill);
    workers.forEach(WorkerProcess::kill);
  }
}
