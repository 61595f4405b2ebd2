package dev.kedge.backfill;

import dev.kedge.capture.KeyLog;
import dev.kedge.projection.Projection;
import java.time.Duration;

/** What a REPEATABLE READ round of ours begins with. */
public final class RoundSql {
  // What one transaction of the application captured cannot be cut: it takes as long as it takes.
  public static final Duration LONGEST = Duration.ofMinutes(10);

  // Between two statements only a window's keys are put together.
  static final Duration SILENCE = Duration.ofSeconds(2);

  private RoundSql() {}

  /**
   * Locks before any snapshot, so that a rewrite or TRUNCATE is either seen whole or waits. A plan
   * is made for each statement's own key set: a generic one would not know its size.
   */
  public static String open(Projection projection, KeyLog log) {
    return """
        SET LOCAL plan_cache_mode = force_custom_plan;
        LOCK TABLE %s, %s, %s IN ACCESS SHARE MODE"""
        .formatted(projection.readTables(), Projection.table(projection.written()), log.table());
  }
}
