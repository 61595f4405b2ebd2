package dev.kedge.bench.stress;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * Fence refusals, seen from the server: how often a fence's UPDATE, which advances a turn, found no
 * row. A crash of the server forgets its statistics, so they are taken before.
 */
final class Refusals {
  private static final String SQL =
      """
      SELECT coalesce(sum(calls - rows), 0)::bigint
      FROM pg_stat_statements
      WHERE query ~ '^\\s*UPDATE kedge\\.(range|tail|step)( s)?\\s+SET turn = (s\\.)?turn \\+'
        AND rows <= calls""";

  private final Server server;
  private final Counters counters;
  private long seen;

  Refusals(Server server, Counters counters) {
    this.server = server;
    this.counters = counters;
  }

  /** Counts those since the last time. */
  synchronized void take() {
    try (Connection connection = server.connect("statistics")) {
      long now = Jdbc.number(connection, SQL);
      counters.add(Counter.REFUSALS, Math.max(0, now - seen));
      seen = now;
    } catch (SQLException e) {
      // The server is down for a moment; what it counted is gone anyway.
      return;
    }
  }

  /** The server begins to count anew. */
  synchronized void forgotten() {
    seen = 0;
  }
}
