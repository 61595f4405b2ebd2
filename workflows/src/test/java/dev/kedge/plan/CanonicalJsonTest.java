package dev.kedge.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CanonicalJsonTest {
  private record Sample(String text, Duration hold, Instant at, List<Integer> numbers) {}

  @Test
  void membersAreSortedAndNothingIsSpaced() {
    var sample = new Sample("ä\"\n/", Duration.ofHours(24), Instant.EPOCH, List.of(2, 1));
    assertEquals(
        "{\"at\":\"1970-01-01T00:00:00Z\",\"hold\":\"PT24H\",\"numbers\":[2,1],"
            + "\"text\":\"ä\\\"\\n/\"}",
        CanonicalJson.text(sample));
  }

  @Test
  void reorderedMapsAreOneText() {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("b", 1);
    one.put("a", Map.of());
    Map<String, Object> other = new LinkedHashMap<>();
    other.put("a", Map.of());
    other.put("b", 1);
    assertEquals("{\"a\":{},\"b\":1}", CanonicalJson.text(one));
    assertEquals(CanonicalJson.hash(one), CanonicalJson.hash(other));
  }

  @Test
  void numbersEqualByValueAreOneText() {
    assertEquals("[1,1,10,0.5,0]", CanonicalJson.text(List.of(1, 1.0, 1.0e1, 0.50, -0.0)));
  }

  @Test
  void whatJsonCannotSayIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> CanonicalJson.text(Double.NaN));
  }

  @Test
  void theHashIsSha256OfTheText() {
    assertEquals(
        "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        CanonicalJson.hash(Map.of()));
  }
}
