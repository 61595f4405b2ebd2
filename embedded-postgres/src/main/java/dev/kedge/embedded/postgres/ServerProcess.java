package dev.kedge.embedded.postgres;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A running PostgreSQL under the shell script {@code guard.sh}, which ends it when this process
 * does, in whatever way.
 */
final class ServerProcess {

  private static final Duration FAST = Duration.ofSeconds(20);
  private static final Duration IMMEDIATE = Duration.ofSeconds(10);
  private static final String GUARD = guard();
  private static final List<String> OWN_SESSION = ownSession();

  private final Process guard;
  private final long pid;

  private ServerProcess(Process guard, long pid) {
    this.guard = guard;
    this.pid = pid;
  }

  /**
   * Starts the program; it is not ready yet.
   *
   * @param remove what the guard removes when this process dies; empty for nothing
   */
  static ServerProcess launch(List<String> program, Account account, Path log, String remove)
      throws IOException {
    List<String> command = new ArrayList<>(OWN_SESSION);
    List<String> guarded = new ArrayList<>(List.of("sh", "-c", GUARD, "guard", remove));
    guarded.addAll(program);
    command.addAll(account.wrap(guarded));
    ProcessBuilder builder = new ProcessBuilder(command);
    Command.cleanEnvironment(builder);
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Process guard = builder.start();
    return new ServerProcess(guard, readPid(guard));
  }

  private static long readPid(Process guard) throws IOException {
    BufferedReader reader = guard.inputReader(StandardCharsets.US_ASCII);
    String line = reader.readLine();
    if (line == null) {
      throw new IOException("the guard ended before it started the server");
    }
    return Long.parseLong(line.strip());
  }

  long pid() {
    return pid;
  }

  /** The guard's end follows the server's at once. */
  boolean isAlive() {
    return guard.isAlive();
  }

  /** Lets running transactions roll back and writes everything out; forces it when that hangs. */
  void stopFast() {
    uninterrupted(() -> end("INT", FAST) || end("QUIT", IMMEDIATE) || end("KILL", IMMEDIATE));
  }

  /** Ends it as a crash would; the next start recovers from the log. */
  void stopImmediately() {
    uninterrupted(() -> end("QUIT", IMMEDIATE) || end("KILL", IMMEDIATE));
  }

  /** A thread that was told to stop is the one that closes things: it does, and is told after. */
  private void uninterrupted(BooleanSupplier stop) {
    boolean interrupted = Thread.interrupted();
    try {
      if (!stop.getAsBoolean()) {
        throw new EmbeddedPostgresException("PostgreSQL process " + pid + " does not end");
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private boolean end(String signal, Duration limit) {
    if (guard.isAlive()) {
      Signals.send(signal, pid);
    }
    try {
      if (!guard.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        return false;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EmbeddedPostgresException("interrupted while PostgreSQL ended", e);
    }
    closePipes();
    return true;
  }

  private void closePipes() {
    try {
      guard.getOutputStream().close();
      guard.getInputStream().close();
    } catch (IOException e) {
      // The other end is gone, which is all that closing could bring about.
    }
  }

  /**
   * Without a session of its own PostgreSQL would get the Ctrl-C meant for us, and be gone before
   * we have shut down. macOS has no {@code setsid} program, but Perl.
   */
  private static List<String> ownSession() {
    if (Command.run(List.of("setsid", "true")).succeeded()) {
      return List.of("setsid");
    }
    List<String> perl = List.of("perl", "-MPOSIX", "-e", "POSIX::setsid(); exec @ARGV or exit 127");
    List<String> probe = new ArrayList<>(perl);
    probe.add("true");
    return Command.run(probe).succeeded() ? perl : List.of();
  }

  private static String guard() {
    try (InputStream script = ServerProcess.class.getResourceAsStream("guard.sh")) {
      if (script == null) {
        throw new EmbeddedPostgresException("guard.sh is missing from the class path");
      }
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new EmbeddedPostgresException("cannot read guard.sh: " + e, e);
    }
  }
}
