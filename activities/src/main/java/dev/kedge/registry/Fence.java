package dev.kedge.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.activity.Failures;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.Scope;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fence of a migration: a bump of its epoch in every row that a transaction of ours must hold
 * to write. Having the rows means that whoever held them has ended; whoever comes later finds
 * another epoch. A transaction that holds out longer than twice the chunk time is terminated: its
 * process may be frozen.
 */
final class Fence {
  private static final Logger LOG = LoggerFactory.getLogger(Fence.class);
  private static final Duration DEFAULT_CHUNK = Duration.ofMillis(50);
  // A pause of the collector, of either side, is no freeze.
  private static final Duration SHORTEST_PATIENCE = Duration.ofMillis(200);
  private static final long POLL_MILLIS = 20;
  // An attempt that nobody waits for any more must not go on for ever: see FENCE_LIMIT.
  private static final Duration LIMIT = Duration.ofSeconds(90);

  private final Database database;
  private final String migration;
  private final long known;
  private final long begun = System.nanoTime();

  /** For somebody who knows of no epoch. */
  Fence(Database database, String migration) {
    this(database, new Scope(migration, database.name(), 0));
  }

  /** For somebody who knows that the epoch was the scope's. */
  Fence(Database database, Scope scope) {
    this.database = database;
    this.migration = scope.migration();
    this.known = scope.epoch();
  }

  /**
   * Bumps the epoch, waits until no earlier transaction of the migration can commit, and returns
   * the new epoch; empty when no unfinished migration has the name. Closed, the rows get an epoch
   * that nobody is ever given.
   */
  Optional<Long> raise(boolean open, String reason) throws SQLException {
    if (!open) {
      announce();
    }
    Duration patience = patience();
    Optional<Long> raised = bump(open, reason, patience);
    if (raised.isPresent()) {
      drain(committed(), patience);
    }
    return raised;
  }

  /** Has lanes begin no further chunk; what fences is the bump alone. */
  private void announce() throws SQLException {
    try {
      database.inTransaction(
          Transaction.readCommitted(migration, "fence").relaxed(),
          sql -> sql.update(FenceSql.ANNOUNCE, known, migration));
    } catch (SQLException e) {
      // A courtesy: the bump waits, or fails, for itself.
      LOG.debug("a fence was not announced: {}", e.getSQLState());
    }
  }

  private Optional<Long> bump(boolean open, String reason, Duration patience) throws SQLException {
    Transaction transaction =
        Transaction.readCommitted(migration, "fence")
            .lockTimeout(patience)
            .statementTimeout(Duration.ZERO);
    while (true) {
      try {
        return database.inTransaction(transaction, sql -> bump(sql, open, reason));
      } catch (SQLException e) {
        if (SqlStates.kindOf(e) != SqlStates.Kind.CONTENTION) {
          throw e;
        }
        terminate(patience);
        throwIfTooLong();
      }
    }
  }

  private Optional<Long> bump(Sql sql, boolean open, String reason) throws SQLException {
    Optional<long[]> row =
        sql.first(FenceSql.BUMP, Fence::idAndEpoch, known, open, open, reason, migration);
    if (row.isEmpty()) {
      return Optional.empty();
    }
    long id = row.get()[0];
    long epoch = row.get()[1];
    long written = open ? epoch : -epoch;
    sql.list(FenceSql.LOCK_TAILS, any -> 1, id);
    sql.update(FenceSql.TAILS, written, id);
    sql.list(FenceSql.LOCK_RANGES, any -> 1, id);
    sql.update(FenceSql.RANGES, written, id);
    sql.list(FenceSql.LOCK_STEPS, any -> 1, id);
    sql.update(FenceSql.STEPS, written, id);
    return Optional.of(epoch);
  }

  /**
   * The server's clock once the bump is committed: whoever begins later sees the new epoch from its
   * first snapshot on. One that began a moment before, like a note of the registry, still updates a
   * row at the old epoch, waits for the bump, and commits after it, if with nothing changed.
   */
  private String committed() throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(migration, "fence"),
        sql -> sql.one(FenceSql.NOW, now -> now.getString("now")));
  }

  /** Waits for what needs none of the rows, like an index that is built concurrently. */
  private void drain(String since, Duration patience) throws SQLException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!earlier(since).isEmpty()) {
      if (System.nanoTime() - deadline > 0) {
        terminate(patience);
      }
      throwIfTooLong();
      pause();
    }
  }

  private List<Integer> earlier(String since) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(migration, "fence"),
        sql -> sql.list(FenceSql.EARLIER, row -> row.getInt("pid"), migration, since));
  }

  private void terminate(Duration patience) throws SQLException {
    List<Integer> ended =
        database.inTransaction(
            Transaction.readCommitted(migration, "fence"),
            sql ->
                sql.list(
                    FenceSql.TERMINATE, row -> row.getInt("pid"), migration, patience.toMillis()));
    if (!ended.isEmpty()) {
      LOG.warn(
          "terminated sessions {} of {}: their transactions were older than {} ms and in the way",
          ended,
          migration,
          patience.toMillis());
    }
  }

  private void throwIfTooLong() {
    if (System.nanoTime() - begun > LIMIT.toNanos()) {
      throw Failures.unavailable(
          "a session of %s was told to end and has not: its server process may be frozen\nhelp: look at pg_stat_activity for application_name kedge:%s:…"
              .formatted(migration, migration));
    }
  }

  private Duration patience() throws SQLException {
    Duration chunk =
        database
            .inTransaction(
                Transaction.readCommitted(migration, "fence"),
                sql -> sql.first(FenceSql.CHUNK, Fence::chunk, migration))
            .orElse(DEFAULT_CHUNK);
    Duration twice = chunk.multipliedBy(2);
    return twice.compareTo(SHORTEST_PATIENCE) > 0 ? twice : SHORTEST_PATIENCE;
  }

  private static Duration chunk(ResultSet row) throws SQLException {
    long tuned = row.getLong("chunk_millis");
    return tuned > 0 ? Duration.ofMillis(tuned) : longestPlanned(row.getString("plan"));
  }

  private static Duration longestPlanned(String plan) {
    try {
      Duration longest = DEFAULT_CHUNK;
      for (JsonNode move : Payloads.mapper().readTree(plan).path("moves")) {
        Duration chunk = Duration.parse(move.path("chunk").asText(DEFAULT_CHUNK.toString()));
        longest = chunk.compareTo(longest) > 0 ? chunk : longest;
      }
      return longest;
    } catch (JsonProcessingException e) {
      return DEFAULT_CHUNK;
    }
  }

  private static long[] idAndEpoch(ResultSet row) throws SQLException {
    return new long[] {row.getLong("id"), row.getLong("epoch")};
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.unavailable("interrupted while waiting for earlier transactions to end");
    }
  }
}
