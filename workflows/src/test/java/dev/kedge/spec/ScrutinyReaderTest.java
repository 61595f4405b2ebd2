package dev.kedge.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Payloads;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a spec says of rows that are looked at more closely, and of evidence that gets old. */
final class ScrutinyReaderTest {
  ScrutinyReaderTest() {}

  @Test
  void rowsAreNamedByPredicateByKeyAndByAge() throws SpecException {
    Spec spec =
        SpecReader.read(
            "spec.yaml",
            yaml(
                    """
                deepCheck: { where: amount > 1000, keys: [[1, EUR], [2, '07']] }
                    window: { column: Changed, last: 36h }
                    groupBy: [currency]""")
                + "evidence: { maxAge: 3d }\n");
    Move move = spec.moves().get(0);
    assertEquals(
        new DeepCheck("amount > 1000", List.of(List.of("1", "EUR"), List.of("2", "07"))),
        move.deepCheck());
    assertEquals(new RecentRows("changed", Duration.ofHours(36)), move.window());
    assertEquals(List.of("currency"), move.groupBy());
    assertEquals(Duration.ofDays(3), spec.evidence().maxAge());
  }

  @Test
  void withoutThemAPlanIsWrittenAsBeforeThereWereAny() throws Exception {
    Spec spec = SpecReader.read("spec.yaml", yaml("where: amount > 0"));
    assertNull(spec.moves().get(0).deepCheck());
    assertEquals(Duration.ofDays(7), spec.evidence().maxAge());
    String json = Payloads.mapper().writeValueAsString(spec);
    for (String name : List.of("deepCheck", "window", "groupBy", "evidence")) {
      assertFalse(json.contains(name), json);
    }
    assertEquals(spec, Payloads.mapper().readValue(json, Spec.class));
  }

  @Test
  void aDeepCheckOfNothingIsPointedAt() {
    SpecException refused =
        assertThrows(
            SpecException.class, () -> SpecReader.read("spec.yaml", yaml("deepCheck: {}")));
    String told = String.valueOf(refused.getMessage());
    assertTrue(told.contains("spec.yaml:7:16"), told);
    assertTrue(told.contains("neither where nor keys"), told);
  }

  private static String yaml(String field) {
    return """
        kedge: 1
        migration: m
        database: app
        moves:
          - from: payments
            to: ledger
            %s
        """
        .formatted(field);
  }
}
