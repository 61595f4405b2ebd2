package dev.kedge.worker;

import dev.kedge.console.TemporalConnection;
import dev.kedge.postgres.Databases;
import io.temporal.worker.WorkerFactory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A worker that polls. Closing it ends what runs, then closes the pools; in that order. */
public final class KedgeWorker implements AutoCloseable {
  /** A chunk and its COMMIT end well within it; what does not is fenced anyway. */
  private static final Duration GRACE = Duration.ofSeconds(20);

  /** After the grace threads are interrupted; a statement that was cancelled returns by then. */
  private static final Duration LAST_GRACE = Duration.ofSeconds(3);

  private final WorkerFactory factory;
  private final Databases databases;

  private KedgeWorker(WorkerFactory factory, Databases databases) {
    this.factory = factory;
    this.databases = databases;
  }

  /** Polls when it returns. The worker owns {@code databases} from then on. */
  public static KedgeWorker start(
      TemporalConnection connection, Databases databases, WorkerSettings settings) {
    WorkerFactory factory = new Assembly(connection, databases, settings).factory();
    factory.start();
    return new KedgeWorker(factory, databases);
  }

  @Override
  public void close() {
    factory.shutdown();
    factory.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    if (!factory.isTerminated()) {
      factory.shutdownNow();
      factory.awaitTermination(LAST_GRACE.toMillis(), TimeUnit.MILLISECONDS);
    }
    databases.close();
  }
}
