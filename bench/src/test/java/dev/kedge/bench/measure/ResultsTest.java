package dev.kedge.bench.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ResultsTest {
  private static final Results RESULTS =
      new Results(
          Results.FORM,
          "2026-01-01T00:00:00Z",
          "0123456789ab",
          new Machine(2, 24_576, "Linux 6", "a processor", "a machine"),
          Map.of("server_version", "17.1", "file_system", "tmpfs"),
          1_000_000L,
          3,
          List.of(
              new Told("copy-pk", "one lane", 9, "0.1", 0, null),
              new Told("growth", "sizes", 1, "0.1", 0, "no space")),
          List.of(
              Finding.ratio(
                  "copy-pk",
                  "copy-pk",
                  Series.of(9, 10),
                  Series.of(10, 10),
                  "rows/s",
                  Goal.atLeast(1)),
              Finding.figure("copy-pk", "copy-pk-noise", Series.of(0), "%", Goal.NONE)));

  @Test
  void theJsonHoldsEverySampleAndWhereItWasTaken() throws IOException {
    JsonNode json = new ObjectMapper().readTree(RESULTS.json());
    assertEquals("kedge.bench/1", json.path("form").asText());
    assertEquals(2, json.path("machine").path("cores").asInt());
    assertEquals("17.1", json.path("postgres").path("server_version").asText());
    JsonNode ratio = json.path("findings").path(0);
    assertEquals("[9.0,10.0]", ratio.path("ours").toString());
    assertEquals("[10.0,10.0]", ratio.path("limit").toString());
    assertEquals("≥ 1", ratio.path("goal").asText());
    assertEquals("no space", json.path("benchmarks").path(1).path("failure").asText());
  }

  @Test
  void theTableSaysWhatWasMissedAndWhatWasNotMeasured() {
    String table = RESULTS.markdown();
    assertTrue(
        table.contains("| `copy-pk` | ≥ 1 | 0.95 (9.5 vs 10 rows/s; limit ±0 %) | **missed** |"),
        table);
    assertTrue(table.contains("| `copy-pk-noise` |  | 0 % |  |"), table);
    assertTrue(table.contains("| `growth` | | not measured | failed |"), table);
  }
}
