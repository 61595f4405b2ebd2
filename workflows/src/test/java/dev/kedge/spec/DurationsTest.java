package dev.kedge.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DurationsTest {
  @ParameterizedTest
  @CsvSource({
    "250ms, PT0.25S",
    "10s, PT10S",
    "15m, PT15M",
    "24h, PT24H",
    "7d, P7D",
    "0s, PT0S",
    "P2D, PT48H",
    "PT1.5S, PT1.5S",
    "P1DT2H, PT26H"
  })
  void readsWhatPeopleWrite(String text, Duration duration) {
    assertEquals(duration, Durations.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10",
        "s",
        "-5s",
        "1.5s",
        "10 s",
        "10S",
        "P",
        "PT",
        "P1DT",
        "-P1D",
        "1e9s",
        "1h30m",
        "99999999999s",
        "10s\n",
        "１0s"
      })
  void refusesAnythingElse(String text) {
    var refused = assertThrows(IllegalArgumentException.class, () -> Durations.parse(text));
    assertTrue(refused.getMessage().contains("250ms, 10s, 15m, 24h or P2D"));
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S, 0s",
    "PT0.25S, 250ms",
    "PT90S, 90s",
    "PT15M, 15m",
    "P1D, 24h",
    "PT0.0005S, PT0.0005S",
    "PT23999999976H, PT23999999976H"
  })
  void spellsThemBack(Duration duration, String text) {
    assertEquals(text, Durations.format(duration));
  }

  @Test
  void whatIsSpelledIsReadBack() {
    for (long millis = 0; millis < 20_000_000; millis += 12_345) {
      Duration duration = Duration.ofMillis(millis);
      assertEquals(duration, Durations.parse(Durations.format(duration)));
    }
  }
}
