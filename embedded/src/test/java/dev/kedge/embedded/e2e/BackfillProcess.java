package dev.kedge.embedded.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process that fills and follows, and can be killed or frozen. Its messages go to a file: a child
 * that held this process's standard error would keep whoever reads that waiting.
 */
final class BackfillProcess implements AutoCloseable {
  private final Process process;
  private final Path log;

  private BackfillProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Starts it, and returns when it polls; on a busy machine it may take a second attempt. */
  static BackfillProcess start(String temporal, String databaseUrl) {
    return start(temporal, List.of("--database", "app=" + databaseUrl));
  }

  /** The same with few connections, and so with few slots for lanes. */
  static BackfillProcess startSmall(String temporal, String databaseUrl, int connections) {
    try {
      Path logs = Files.createDirectories(Path.of("target", "e2e"));
      Path config = Files.createTempFile(logs, "small-", ".yaml");
      Files.writeString(
          config,
          "databases: {app: {url: \"%s\", pool: %d}}\n".formatted(databaseUrl, connections));
      return start(temporal, List.of("--config", config.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static BackfillProcess start(String temporal, List<String> databases) {
    try {
      return launch(temporal, databases);
    } catch (IllegalStateException e) {
      return launch(temporal, databases);
    }
  }

  private static BackfillProcess launch(String temporal, List<String> databases) {
    try {
      Path logs = Files.createDirectories(Path.of("target", "e2e"));
      Path log = Files.createTempFile(logs, "backfill-", ".log");
      List<String> command =
          new ArrayList<>(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx128m",
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  classPath(),
                  ChildWorker.class.getName(),
                  "--roles",
                  "backfill",
                  "--address",
                  temporal));
      command.addAll(databases);
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.redirectError(log.toFile());
      BackfillProcess started = new BackfillProcess(builder.start(), log);
      started.awaitReady();
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String classPath() {
    // Surefire's own class path is a jar that names the real one.
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  private void awaitReady() throws IOException {
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    if (!"ready".equals(line)) {
      throw new IllegalStateException(
          "a worker did not start but said " + line + ": " + Files.readString(log));
    }
  }

  /** {@code kill -9}; returns when it is gone. */
  void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  /** {@code kill -STOP}: it does nothing any more, but holds all it holds. */
  void freeze() {
    signal("STOP");
  }

  /** {@code kill -CONT}. */
  void thaw() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      int result =
          new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
              .redirectErrorStream(true)
              .start()
              .waitFor();
      if (result != 0) {
        throw new IllegalStateException("kill -" + name + " gave " + result);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  boolean alive() {
    return process.isAlive();
  }

  private void awaitEnd() {
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    kill();
  }
}
