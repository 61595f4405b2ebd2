package dev.kedge.embedded.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a short program of the system and keeps what it printed. */
final class Command {

  private static final long LIMIT_SECONDS = 120;

  private Command() {}

  /** What a program left: its exit code and everything it printed, on either stream. */
  record Result(int exitCode, String output) {

    boolean succeeded() {
      return exitCode == 0;
    }
  }

  /** Runs it to its end; a program that is not installed gives exit code 127, as in a shell. */
  static Result run(List<String> command) {
    try {
      // A file instead of a pipe: a program that hangs on reading cannot make us hang on writing.
      Path output = Files.createTempFile("kedge-", ".out");
      try {
        return run(command, output);
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      throw new EmbeddedPostgresException("cannot run " + command.get(0) + ": " + e, e);
    }
  }

  private static Result run(List<String> command, Path output) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    cleanEnvironment(builder);
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      return new Result(127, String.valueOf(e.getMessage()));
    }
    int exitCode = await(process, command);
    return new Result(exitCode, Files.readString(output, StandardCharsets.ISO_8859_1).strip());
  }

  private static int await(Process process, List<String> command) {
    try {
      if (process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        return process.exitValue();
      }
      throw new EmbeddedPostgresException(
          command.get(0) + " did not end within " + LIMIT_SECONDS + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EmbeddedPostgresException("interrupted while " + command.get(0) + " ran", e);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Takes out what would change how PostgreSQL's programs behave, such as {@code PGDATA}. */
  static void cleanEnvironment(ProcessBuilder builder) {
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().put("LC_ALL", "C");
  }
}
