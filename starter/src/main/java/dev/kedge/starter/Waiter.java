package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import dev.kedge.workflow.MigrationStatus;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the status again and again until a goal is reached. A worker or a server that is away
 * for a while is waited for: whoever waits through a deploy should not have to begin again.
 */
final class Waiter {
  private static final Duration FIRST = Duration.ofMillis(250);
  private static final Duration LAST = Duration.ofSeconds(3);

  /** A restart of everything takes less; a longer silence is worth a message. */
  private static final Duration OUTAGE = Duration.ofSeconds(60);

  private final RemoteMigration migration;
  private final long start = System.nanoTime();
  private final @Nullable Duration limit;
  private Duration pause = FIRST;
  private @Nullable MigrationStatus latest;
  private long heard = start;

  /**
   * @param limit how long to wait; null for ever
   */
  Waiter(RemoteMigration migration, @Nullable Duration limit) {
    this.migration = migration;
    this.limit = limit;
  }

  /** The status that reached the goal, or the one that cannot reach it any more. */
  MigrationStatus until(WaitGoal goal) {
    while (true) {
      MigrationStatus status = ask();
      if (status != null && goal.judge(status) != WaitGoal.Judgement.NOT_YET) {
        return status;
      }
      if (limit != null && since(start).compareTo(limit) >= 0) {
        throw late(goal, limit);
      }
      rest();
    }
  }

  private @Nullable MigrationStatus ask() {
    try {
      latest = migration.status();
      heard = System.nanoTime();
      return latest;
    } catch (RuntimeException e) {
      if (latest == null || since(heard).compareTo(OUTAGE) > 0 || !passing(e)) {
        throw e;
      }
      return null;
    }
  }

  private static boolean passing(RuntimeException error) {
    return !(error instanceof Problem problem) || problem.exit() == ExitCode.UNREACHABLE;
  }

  private void rest() {
    Duration left = limit == null ? pause : limit.minus(since(start));
    Duration nap = left.compareTo(pause) < 0 ? left : pause;
    try {
      Thread.sleep(Math.max(10, nap.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem("KD1400", ExitCode.INTERRUPTED, "interrupted", null);
    }
    Duration longer = pause.multipliedBy(5).dividedBy(4);
    pause = longer.compareTo(LAST) > 0 ? LAST : longer;
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  private Problem late(WaitGoal goal, Duration after) {
    String now = latest == null ? "" : "; it is in " + StatusText.where(latest);
    return new Problem(
        "KD6003",
        ExitCode.TIMED_OUT,
        migration.name() + " has not reached " + goal + " within " + after.toSeconds() + " s" + now,
        latest == null ? null : StatusText.next(latest).orElse(null));
  }
}
