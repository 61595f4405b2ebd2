package dev.kedge.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SizesTest {
  @Test
  void sizesAreReadByThousandsUnlessSpelledByPowersOfTwo() {
    assertEquals(40_000_000L, Sizes.parse("40MB"));
    assertEquals(1_500_000_000L, Sizes.parse("1.5GB"));
    assertEquals(67_108_864L, Sizes.parse("64MiB"));
  }

  @Test
  void anythingElseIsRefused() {
    for (String text : List.of("40", "40mb", "40 MB", "-1MB", "1e3MB", "40M", "1.MB", "")) {
      assertThrows(IllegalArgumentException.class, () -> Sizes.parse(text), text);
    }
  }

  @Test
  void whatWasAskedForIsSaidExactly() {
    for (String text : List.of("40MB", "1500MB", "1536MiB", "3KiB", "7TB")) {
      assertEquals(text, Sizes.exact(Sizes.parse(text)));
    }
    assertEquals("1500 bytes", Sizes.exact(1500));
  }

  @Test
  void valuesOfSignalsAreWrittenForPeople() {
    assertEquals("40MB", Signal.WAL_PER_SECOND.unit().format(40e6));
    assertEquals("1.6GB", Signal.SLOT_RETENTION.unit().format(1.5 * (1 << 30)));
    assertEquals("12 bytes", Signal.DATABASE_SIZE.unit().format(12));
    assertEquals("80ms", Signal.COMMIT_LATENCY.unit().format(80));
    assertEquals("3.2s", Signal.REPLICATION_LAG.unit().format(3_219));
    assertEquals("30s", Signal.REPLICATION_LAG.unit().format(30_000));
    assertEquals("15m", Signal.STALLED_FOR.unit().format(900_250));
    assertEquals("41", Signal.ACTIVE_SESSIONS.unit().format(41));
    assertEquals("0.50", Signal.QUERY.unit().format(0.5));
  }
}
