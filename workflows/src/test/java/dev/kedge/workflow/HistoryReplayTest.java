package dev.kedge.workflow;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.temporal.common.WorkflowExecutionHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a release has begun, this code goes on with. */
final class HistoryReplayTest {
  private static final Path HISTORIES = Path.of("src", "test", "resources", "histories");

  @ParameterizedTest
  @MethodSource("histories")
  void decidesAsTheReleaseDid(Path file) throws Exception {
    Harbor.replay(WorkflowExecutionHistory.fromJson(Files.readString(file)));
  }

  @Test
  void thereAreHistories() throws IOException {
    assertFalse(histories().isEmpty());
  }

  static List<Path> histories() throws IOException {
    try (Stream<Path> files = Files.walk(HISTORIES)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }
}
