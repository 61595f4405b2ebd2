package dev.kedge.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.console.Program;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class WorkerCommandTest {
  private static final String SECRET = "--database=app=postgresql://u:s3cret@127.0.0.1:1/app";
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void aTemporalThatIsNotThereIsToldWithinTenSecondsAndWithoutSecrets() throws IOException {
    String nowhere = "127.0.0.1:" + freePort();
    // What the first call of a JVM costs is the machine's affair, and measured elsewhere.
    run(SECRET, "--address", nowhere);
    err.getBuffer().setLength(0);
    int exit = assertTimeout(Duration.ofSeconds(10), () -> run(SECRET, "--address", nowhere));
    assertEquals(5, exit);
    assertTrue(err.toString().startsWith("error[KD5001]: cannot reach Temporal at " + nowhere));
    assertFalse(err.toString().contains("\tat "), err.toString());
    assertFalse((out.toString() + err).contains("s3cret"));
  }

  @Test
  void badUsageIsToldWithoutSecrets() {
    String[][] lines = {
      {"--database", "postgresql://u:s3cret@h/db"},
      {"--database", "app=mysql://u:s3cret@h/db"},
      {"--database", "app=postgresql://u:s3cret@h/db?fish=1"},
      {SECRET, SECRET},
      {SECRET, "--roles", "cook"},
      {SECRET, "--datebase", "x"},
      {SECRET, "postgresql://u:s3cret@h/db"},
      {"--databse=app=postgresql://u:s3cret@h/db"},
      {"--roles=postgresql://u:s3cret@h/db"},
      {},
    };
    for (String[] line : lines) {
      assertEquals(2, run(line), err.toString());
    }
    assertFalse((out.toString() + err).contains("s3cret"), err.toString());
  }

  private int run(String... args) {
    return Program.prepare(new CommandLine(new WorkerCommand()))
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(args);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
