package dev.kedge.spec;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How people write durations, in specs and on the command line: {@code 250ms}, {@code 10s}, {@code
 * 15m}, {@code 24h}, {@code 7d}, or ISO 8601 as in {@code P2D} and {@code PT1.5S}.
 */
public final class Durations {
  /**
   * The form as a regular expression that Java and JSON Schema both read; the schema repeats it.
   */
  static final String FORM =
      "^([0-9]{1,9}(ms|s|m|h|d)"
          + "|P(?=[0-9T])([0-9]{1,9}D)?"
          + "(T(?=[0-9])([0-9]{1,9}H)?([0-9]{1,9}M)?([0-9]{1,9}([.][0-9]{1,9})?S)?)?)$";

  private static final Pattern PATTERN = Pattern.compile(FORM);
  private static final Pattern SHORT = Pattern.compile("([0-9]+)(ms|s|m|h|d)");

  private Durations() {}

  /**
   * The duration {@code text} spells. Throws {@link IllegalArgumentException} for any other text.
   */
  public static Duration parse(String text) {
    if (!PATTERN.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "expected a duration like 250ms, 10s, 15m, 24h or P2D, got \"" + text + "\"");
    }
    Matcher matcher = SHORT.matcher(text);
    if (!matcher.matches()) {
      return Duration.parse(text);
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }

  /**
   * The shortest exact spelling that {@link #parse} reads back: {@code 90s}, {@code 2h}. A duration
   * that is not a whole number of milliseconds is spelled as ISO 8601.
   */
  public static String format(Duration duration) {
    // The longest durations that parse do not fit into milliseconds.
    if (duration.isNegative() || duration.toDays() > 1_000_000) {
      return duration.toString();
    }
    if (!duration.equals(Duration.ofMillis(duration.toMillis()))) {
      return duration.toString();
    }
    long millis = duration.toMillis();
    if (millis % 1000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1000;
    if (seconds % 3600 == 0 && seconds > 0) {
      return seconds / 3600 + "h";
    }
    return seconds % 60 == 0 && seconds > 0 ? seconds / 60 + "m" : seconds + "s";
  }
}
