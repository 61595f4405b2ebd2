package dev.kedge.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class SimilarTest {
  private static final List<String> FIELDS = List.of("from", "to", "columns", "reverse");

  @Test
  void typingErrorsFindTheirWord() {
    assertEquals(Optional.of("from"), Similar.to("form", FIELDS));
    assertEquals(Optional.of("columns"), Similar.to("colums", FIELDS));
    assertEquals(Optional.of("columns"), Similar.to("COLUMN", FIELDS));
    assertEquals(Optional.of("reverse"), Similar.to("revresed", FIELDS));
  }

  @Test
  void anythingElseFindsNone() {
    assertEquals(Optional.empty(), Similar.to("partition", FIELDS));
    assertEquals(Optional.empty(), Similar.to("", FIELDS));
    assertEquals(Optional.empty(), Similar.to("x".repeat(100_000), FIELDS));
  }
}
