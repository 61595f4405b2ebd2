package dev.kedge.bench.run;

import dev.kedge.bench.stress.ChildWorker;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One {@code kedge worker} with all roles, in a process with the launcher's heap. */
final class WorkerProcess implements AutoCloseable {
  static final int HEAP_MB = 256;

  private final Process process;
  private final Path log;

  private WorkerProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Starts it and waits until it polls. */
  static WorkerProcess start(String temporal, String databaseUrl) throws IOException {
    Path log = Files.createTempFile("kedge-bench-", ".gc");
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + HEAP_MB + "m",
                "-XX:+ExitOnOutOfMemoryError",
                "-Xlog:gc:file=" + log,
                "-cp",
                System.getProperty("java.class.path"),
                ChildWorker.class.getName(),
                "--address",
                temporal,
                "--database",
                "app=" + databaseUrl));
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    WorkerProcess worker = new WorkerProcess(builder.start(), log);
    BufferedReader out = worker.process.inputReader(StandardCharsets.UTF_8);
    if (!"ready".equals(out.readLine())) {
      worker.close();
      throw new IOException("the worker ended before it was ready");
    }
    return worker;
  }

  /** Its heap so far; fails when it has ended, as it does when the heap is too small. */
  WorkerHeap heap() throws IOException {
    if (!process.isAlive()) {
      throw new IOException("the worker has ended with " + process.exitValue());
    }
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    return WorkerHeap.of(
        Files.readAllLines(log), Files.isReadable(status) ? Files.readAllLines(status) : List.of());
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Files.deleteIfExists(log);
  }
}
