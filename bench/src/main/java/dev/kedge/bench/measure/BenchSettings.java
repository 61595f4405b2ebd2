package dev.kedge.bench.measure;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is asked for.
 *
 * @param rows of every table; empty for what a benchmark thinks usual
 * @param runs how often a comparison is repeated
 * @param server URL of a server that runs already; empty for one of our own
 * @param programs directory with the programs of an installed PostgreSQL; empty for the embedded
 * @param data directory below which our own server keeps its data; empty for a temporary one
 * @param home the directory with the launcher
 */
public record BenchSettings(
    OptionalLong rows,
    int runs,
    Optional<String> server,
    Optional<Path> programs,
    Optional<Path> data,
    Path home) {
  public BenchSettings {
    if (runs < 1) {
      throw new IllegalArgumentException("not a number of runs: " + runs);
    }
  }
}
