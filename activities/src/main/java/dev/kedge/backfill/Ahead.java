package dev.kedge.backfill;

import dev.kedge.postgres.SqlStates;
import dev.kedge.projection.KeyRange;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds where the next chunk ends while the rows of this one are written. Only a favour: whatever
 * becomes of it, a chunk finds its end by itself. For one lane.
 */
final class Ahead {
  private static final Logger LOG = LoggerFactory.getLogger(Ahead.class);

  // Longer than it ever takes on a machine that is well, and much less than a lease.
  private static final Duration LONGEST = Duration.ofMillis(200);

  private static final Executor THREADS =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "kedge-ahead");
            thread.setDaemon(true);
            return thread;
          });

  private @Nullable Question asked;
  private @Nullable CompletableFuture<Chunk.End> answer;

  private record Question(KeyRange rest, long rows) {
    boolean isAbout(KeyRange otherRest, long wanted) {
      return rest.equals(otherRest) && rows <= wanted && rows >= wanted - wanted / 4;
    }
  }

  /** Reads an end. */
  @FunctionalInterface
  interface Reader {
    Chunk.End read() throws SQLException;
  }

  /** Has the end of a chunk of {@code rows} rows at the beginning of {@code rest} read. */
  void ask(KeyRange rest, long rows, Reader reader) {
    asked = new Question(rest, rows);
    try {
      answer = CompletableFuture.supplyAsync(() -> read(reader), THREADS);
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      forget();
    }
  }

  /**
   * The end of about that chunk, if it was asked for and is known soon: of no more rows, and not of
   * many less, since the size that was learned meanwhile is a guess, too. To be called while no
   * connection is held, which the answer may be waiting for.
   */
  Optional<Chunk.End> take(KeyRange rest, long rows) {
    Question question = asked;
    CompletableFuture<Chunk.End> known = answer;
    forget();
    if (known == null || question == null || !question.isAbout(rest, rows)) {
      return Optional.empty();
    }
    try {
      return Optional.of(known.get(LONGEST.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } catch (ExecutionException | TimeoutException | CancellationException e) {
      LOG.debug("the end of the next chunk is not known yet", e);
      return Optional.empty();
    }
  }

  private void forget() {
    asked = null;
    answer = null;
  }

  private static Chunk.End read(Reader reader) {
    try {
      return reader.read();
    } catch (SQLException e) {
      // Its text may name rows.
      throw new CompletionException(SqlStates.describe(e), null);
    }
  }
}
