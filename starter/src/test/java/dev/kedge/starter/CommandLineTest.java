package dev.kedge.starter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told without any server: usage, specs, and that there is none. */
final class CommandLineTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "validate",
        "plan",
        "start",
        "wait",
        "status",
        "list",
        "approve",
        "reject",
        "pause",
        "resume",
        "retry",
        "rollback",
        "abort",
        "tune",
        "verify",
        "schema"
      })
  void everyVerbHelpsWithAnExample(String verb) {
    Typed typed = Typed.of(verb, "--help");
    assertEquals(0, typed.exit());
    assertTrue(
        typed.out().contains("Example") && typed.out().contains("kedge " + verb), typed.out());
    assertFalse(typed.out().contains("%n") || typed.out().contains("%%"), typed.out());
  }

  @Test
  void aWordLikeNoCommandIsNotTakenForOne() {
    for (String word : List.of("frobnicate", "report")) {
      Typed typed = Typed.of(word, "users-handle");
      assertEquals(2, typed.exit());
      assertTrue(typed.err().contains("unknown command \"" + word + "\"\n"), typed.err());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "aprove users-handle reads | KD1202 | did you mean approve?",
        "'' | KD1200 | a command is missing",
        "status | KD1200 | NAME",
        "status x --output xml | KD1203 | text, json",
        "status x --wach | KD1200 | did you mean --watch",
        "wait x --for gate:raeds | KD1203 | did you mean \"reads\"",
        "wait x --timeout soon | KD1203 | expected a duration",
        "approve x raeds | KD1203 | did you mean \"reads\"",
        "rollback x | KD1201 | --yes",
        "abort x | KD1201 | --yes",
        "tune x | KD1200 | --lanes",
        "tune x --lanes 65 | KD1203 | 1 to 64",
        "tune x --chunk 1h | KD1203 | 1ms to 10s",
        "tune x --max-rate fast | KD1203 | rows a second or none",
        "tune x --max-rate 2000000000 | KD1203 | 1 to 1000000000",
        "verify x.yaml | KD1204 | there is no such file",
        "verify x --sample 1% | KD1009 | for a spec that no migration runs",
        "verify x --sample much | KD1203 | more than 0%",
        "verify x --sample 101% | KD1203 | at most 100%",
        "validate no-such-file.yaml | KD1204 | there is no such file",
        "start no-such-file.yaml | KD1204 | there is no such file",
      })
  void badUsageChangesNothingAndSaysWhy(String line, String code, String why) {
    Typed typed = Typed.of(line.isEmpty() ? new String[0] : line.split(" "));
    assertEquals(2, typed.exit(), typed.err());
    assertTrue(typed.err().startsWith("error[" + code + "]: "), typed.err());
    assertTrue(typed.err().contains(why), typed.err());
    assertTrue(typed.err().strip().endsWith("nothing was changed (exit 2)"), typed.err());
    assertEquals("", typed.out());
  }

  @Test
  void aSpecThatIsWrongIsToldAsACompilerDoes() throws IOException {
    Path spec = write(Samples.SPEC.replace("moves:", "movs:"));
    Typed typed = Typed.of("validate", spec.toString());
    assertEquals(2, typed.exit());
    assertTrue(typed.err().contains("--> " + spec + ":"), typed.err());
    assertTrue(typed.err().contains("nothing was changed (exit 2)"), typed.err());
    Typed json = Typed.of("validate", spec.toString(), "-o", "json");
    assertEquals(2, json.exit());
    assertTrue(json.out().contains("\"valid\" : false"), json.out());
  }

  @Test
  void aSpecThatIsRightIsSaidToBe() throws IOException {
    Typed typed = Typed.of("validate", write(Samples.SPEC).toString());
    assertEquals(0, typed.exit(), typed.err());
    assertTrue(typed.out().startsWith("users-handle: valid"), typed.out());
  }

  @Test
  void aServerThatIsNotThereIsToldWithinTenSeconds() throws IOException {
    String spec = write(Samples.SPEC).toString();
    String[][] lines = {{"status", "x"}, {"list"}, {"plan", spec}, {"start", spec}, {"pause", "x"}};
    String nowhere = "127.0.0.1:" + freePort();
    // What the first call of a JVM costs is the machine's affair, and measured elsewhere.
    Typed.at(nowhere, "list");
    for (String[] line : lines) {
      Typed typed = assertTimeout(Duration.ofSeconds(10), () -> Typed.at(nowhere, line));
      assertEquals(5, typed.exit(), typed.err());
      assertTrue(
          typed
              .err()
              .startsWith(
                  "error[KD5001]: cannot reach Temporal at "
                      + nowhere
                      + " (connection refused)\nhelp: "),
          typed.err());
      assertFalse(typed.err().contains("\tat "), typed.err());
    }
  }

  private Path write(String spec) throws IOException {
    return Files.writeString(directory.resolve("spec.yaml"), spec);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
