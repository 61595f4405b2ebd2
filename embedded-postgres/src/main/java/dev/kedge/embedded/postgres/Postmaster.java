package dev.kedge.embedded.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What {@code postmaster.pid} says about the server of a data directory. The lines are those of
 * PostgreSQL's {@code src/include/utils/pidfile.h}.
 *
 * @param pid the server's process, which may be gone when it crashed
 * @param status such as {@code ready}; empty early during its start
 */
record Postmaster(long pid, String status) {

  private static final Duration FAST = Duration.ofSeconds(20);
  private static final Duration IMMEDIATE = Duration.ofSeconds(10);
  private static final int STATUS_LINE = 7;

  static Optional<Postmaster> read(Path data) {
    try {
      // Latin 1 reads any byte; the directory in it may be in another encoding.
      List<String> lines =
          Files.readAllLines(data.resolve("postmaster.pid"), StandardCharsets.ISO_8859_1);
      if (lines.isEmpty() || lines.get(0).isBlank()) {
        return Optional.empty();
      }
      String status = lines.size() > STATUS_LINE ? lines.get(STATUS_LINE).strip() : "";
      return Optional.of(new Postmaster(Long.parseLong(lines.get(0).strip()), status));
    } catch (NoSuchFileException | NumberFormatException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new EmbeddedPostgresException("cannot read postmaster.pid in " + data + ": " + e, e);
    }
  }

  /** Takes clients; a standby says so in a word of its own. */
  boolean isReady() {
    return status.equals("ready") || status.equals("standby");
  }

  /** Ends a server that an earlier process left behind on this data directory. */
  static void endOrphan(Path data) {
    Optional<Postmaster> found = read(data).filter(postmaster -> postmaster.serves(data));
    if (found.isEmpty()) {
      return;
    }
    Postmaster orphan = found.get();
    if (!orphan.end("INT", FAST, data) && !orphan.end("QUIT", IMMEDIATE, data)) {
      throw new EmbeddedPostgresException(
          "process %d, left by an earlier run, still serves %s and does not end"
              .formatted(orphan.pid, data));
    }
  }

  /** By its command line, since after a crash the number may belong to any other process. */
  private boolean serves(Path data) {
    return ProcessHandle.of(pid)
        .flatMap(process -> process.info().commandLine())
        .filter(line -> line.contains("postgres") && line.contains(data.toString()))
        .isPresent();
  }

  private boolean end(String signal, Duration limit, Path data) {
    Signals.send(signal, pid);
    return Polling.until(limit, () -> !serves(data));
  }
}
