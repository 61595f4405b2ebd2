package dev.kedge.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.temporal.serviceclient.RpcRetryOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TemporalConnectionTest {
  private static final Duration BOUND = Duration.ofSeconds(10);

  @TempDir private Path directory;

  // What the first call of a JVM costs is the machine's affair.
  @BeforeAll
  static void warmUp() throws IOException {
    refused(Map.of("TEMPORAL_ADDRESS", "127.0.0.1:" + freePort()));
  }

  @Test
  void nobodyListeningIsToldInOneLineWithinTenSeconds() throws IOException {
    int port = freePort();
    Problem problem =
        assertTimeout(BOUND, () -> refused(Map.of("TEMPORAL_ADDRESS", "127.0.0.1:" + port)));
    assertEquals(ExitCode.UNREACHABLE, problem.exit());
    assertEquals(
        "error[KD5001]: cannot reach Temporal at 127.0.0.1:"
            + port
            + " (connection refused)\nhelp: start one with `kedge dev`, or say where it is:"
            + " --address HOST:PORT or TEMPORAL_ADDRESS",
        problem.render());
  }

  @Test
  void whoListensButNeverAnswersIsGivenUpWithinTenSeconds() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + silent.getLocalPort();
      Problem problem = assertTimeout(BOUND, () -> refused(Map.of("TEMPORAL_ADDRESS", address)));
      assertEquals(
          "cannot reach Temporal at " + address + " (no answer in time)", problem.getMessage());
    }
  }

  @Test
  void anUnknownHostIsNamed() {
    Problem problem =
        assertTimeout(
            BOUND, () -> refused(Map.of("TEMPORAL_ADDRESS", "no-such-host.invalid:7233")));
    assertTrue(
        problem.getMessage().startsWith("cannot reach Temporal at no-such-host.invalid:7233"));
  }

  @Test
  void flagsWinOverVariablesAndTheseOverTheFile() throws IOException {
    Path file = directory.resolve("temporal.toml");
    Files.writeString(
        file,
        "[profile.default]\naddress = \"file:1\"\nnamespace = \"file\"\n[profile.other]\naddress = \"other:2\"\n");
    Map<String, String> env =
        Map.of("TEMPORAL_CONFIG_FILE", file.toString(), "TEMPORAL_NAMESPACE", "variable");
    TemporalProfile plain = TemporalProfile.load(new TemporalOptions(), env);
    assertEquals("file:1", plain.address());
    assertEquals("variable", plain.namespace());
    TemporalProfile flagged =
        TemporalProfile.load(new TemporalOptions("flag:3", "flag", null), env);
    assertEquals("flag:3", flagged.address());
    assertEquals("flag", flagged.namespace());
    assertEquals(
        "other:2", TemporalProfile.load(new TemporalOptions(null, null, "other"), env).address());
  }

  @Test
  void aMissingConfigurationFileIsNamedAndNotSkipped() {
    String file = directory.resolve("absent.toml").toString();
    Problem problem = refused(Map.of("TEMPORAL_CONFIG_FILE", file));
    assertEquals(ExitCode.USAGE, problem.exit());
    assertTrue(problem.getMessage().contains(file));
  }

  @Test
  void anUnknownProfileIsRefused() {
    Problem problem =
        assertThrows(
            Problem.class,
            () -> TemporalProfile.load(new TemporalOptions(null, null, "nobody"), Map.of()));
    assertEquals(ExitCode.USAGE, problem.exit());
  }

  @Test
  void anApiKeyDoesNotSwitchOnTlsThatWasSwitchedOff() {
    Map<String, String> env =
        Map.of("TEMPORAL_API_KEY", "token", "TEMPORAL_TLS", "false", "TEMPORAL_ADDRESS", "a:1");
    assertFalse(TemporalProfile.load(new TemporalOptions(), env).stubs().build().getEnableHttps());
  }

  private static Problem refused(Map<String, String> env) {
    return assertThrows(
        Problem.class,
        () ->
            TemporalConnection.open(
                new TemporalOptions(),
                env,
                "test",
                RpcRetryOptions.newBuilder().validateBuildWithDefaults()));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
