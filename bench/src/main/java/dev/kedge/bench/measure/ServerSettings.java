package dev.kedge.bench.measure;

import java.util.Map;

/**
 * How our own server runs: durable, with room enough that nothing but what is measured happens in a
 * timed run. The README says why.
 */
final class ServerSettings {
  static final Map<String, String> ALL =
      Map.ofEntries(
          Map.entry("search_path", "public"),
          Map.entry("max_connections", "200"),
          Map.entry("shared_buffers", "1GB"),
          Map.entry("wal_level", "replica"),
          Map.entry("min_wal_size", "4GB"),
          Map.entry("max_wal_size", "32GB"),
          Map.entry("checkpoint_timeout", "1h"),
          Map.entry("autovacuum", "off"),
          Map.entry("jit", "off"));

  private ServerSettings() {}
}
