package dev.kedge.postgres;

import dev.kedge.plan.Quoting;
import java.time.Duration;

/**
 * How one of our transactions runs. Everything it sets is local to it; what a session is set to is
 * not, see {@link DirectCheck}.
 *
 * @param isolation the level BEGIN names
 * @param migration whose triggers stay deaf to it ({@code kedge.applier}), and part of its
 *     application_name {@code kedge:<migration>:<purpose>}
 * @param purpose a word or two
 * @param statementTimeout bound of each statement; zero for none
 * @param lockTimeout bound of each wait for a lock
 * @param silence after how long without a statement of ours the server ends it: a process that
 *     stands still keeps no lock for longer
 * @param durable whether COMMIT waits for the disk; without, rows and cursor are lost together
 * @param settings more that it is to be opened with, SET LOCAL only; empty for nothing
 */
public record Transaction(
    Isolation isolation,
    String migration,
    String purpose,
    Duration statementTimeout,
    Duration lockTimeout,
    Duration silence,
    boolean durable,
    String settings) {

  /** Below the default deadlock_timeout of one second, so the application is never the victim. */
  public static final Duration LOCK_TIMEOUT = Duration.ofMillis(100);

  private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(10);

  // Where nothing holds a lock the application could wait for; a busy machine is no freeze.
  private static final Duration SILENCE = Duration.ofSeconds(5);

  /** Less is a hiccup of the scheduler or of the collector. */
  public static final Duration SHORTEST_SILENCE = Duration.ofMillis(100);

  /** Isolation levels we use. */
  public enum Isolation {
    READ_COMMITTED,
    REPEATABLE_READ
  }

  /** READ COMMITTED, durable, statements bounded by 10 s. */
  public static Transaction readCommitted(String migration, String purpose) {
    return new Transaction(
        Isolation.READ_COMMITTED,
        migration,
        purpose,
        STATEMENT_TIMEOUT,
        LOCK_TIMEOUT,
        SILENCE,
        true,
        "");
  }

  /** REPEATABLE READ, durable, statements bounded by 10 s. */
  public static Transaction repeatableRead(String migration, String purpose) {
    return new Transaction(
        Isolation.REPEATABLE_READ,
        migration,
        purpose,
        STATEMENT_TIMEOUT,
        LOCK_TIMEOUT,
        SILENCE,
        true,
        "");
  }

  /** The same with another bound of its statements. */
  public Transaction statementTimeout(Duration bound) {
    return with(bound, lockTimeout, silence, durable, settings);
  }

  /** The same with another bound of its waits for locks. */
  public Transaction lockTimeout(Duration bound) {
    return with(statementTimeout, bound, silence, durable, settings);
  }

  /** The same without waiting for the disk at COMMIT. */
  public Transaction relaxed() {
    return with(statementTimeout, lockTimeout, silence, false, settings);
  }

  /** The same ended by the server after so long without a statement of ours. */
  public Transaction silence(Duration bound) {
    return with(statementTimeout, lockTimeout, bound, durable, settings);
  }

  /** The same opened with more settings, which then cost no round trip of their own. */
  public Transaction set(String more) {
    return with(statementTimeout, lockTimeout, silence, durable, settings + "; " + more);
  }

  private Transaction with(
      Duration statements, Duration locks, Duration silent, boolean waits, String more) {
    return new Transaction(isolation, migration, purpose, statements, locks, silent, waits, more);
  }

  /**
   * The statements a transaction opens with. Only SET: none of them takes a snapshot, so that at
   * REPEATABLE READ a LOCK TABLE can still come before it.
   */
  String preamble() {
    return """
        SET TRANSACTION ISOLATION LEVEL %s, READ WRITE;
        SET LOCAL application_name = %s;
        SET LOCAL kedge.applier = %s;
        SET LOCAL statement_timeout = %d;
        SET LOCAL lock_timeout = %d;
        SET LOCAL idle_in_transaction_session_timeout = %d;
        SET LOCAL synchronous_commit = %s%s"""
        .formatted(
            isolation == Isolation.READ_COMMITTED ? "READ COMMITTED" : "REPEATABLE READ",
            Quoting.literal("kedge:" + migration + ":" + purpose),
            Quoting.literal(migration),
            statementTimeout.toMillis(),
            lockTimeout.toMillis(),
            Math.max(SHORTEST_SILENCE.toMillis(), silence.toMillis()),
            durable ? "on" : "off",
            settings);
  }
}
