package dev.kedge.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What people copy must be what the reader takes. */
final class ExamplesTest {
  private static final Path EXAMPLES = Path.of("..", "examples");

  static List<Path> specs() throws IOException {
    try (Stream<Path> files = Files.walk(EXAMPLES, 2)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  @Test
  void theExamplesAreThere() throws IOException {
    List<String> names = specs().stream().map(file -> file.getFileName().toString()).toList();
    assertTrue(
        names.containsAll(
            List.of("orders-split.yaml", "pgbench-accounts.yaml", "users-handle.yaml")),
        names::toString);
  }

  @ParameterizedTest
  @MethodSource("specs")
  void everyExampleIsASpec(Path file) throws Exception {
    Spec spec = SpecReader.read(file.toString(), Files.readString(file));
    assertEquals(spec.migration() + ".yaml", file.getFileName().toString());
    assertTrue(Files.isRegularFile(file.resolveSibling("README.md")));
  }
}
