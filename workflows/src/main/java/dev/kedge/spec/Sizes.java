package dev.kedge.spec;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How people write sizes: {@code 512kB}, {@code 40MB}, {@code 1.5GB} by thousands, as disks and
 * networks are sold, and {@code 64MiB} by 1024.
 */
public final class Sizes {
  /**
   * The form as a regular expression that Java and JSON Schema both read; the schema repeats it.
   */
  static final String FORM = "^([0-9]{1,6}([.][0-9]{1,3})?)(kB|MB|GB|TB|KiB|MiB|GiB|TiB)$";

  private static final Pattern PATTERN = Pattern.compile(FORM);
  private static final Map<String, Long> BYTES =
      Map.of(
          "kB",
          1_000L,
          "MB",
          1_000_000L,
          "GB",
          1_000_000_000L,
          "TB",
          1_000_000_000_000L,
          "KiB",
          1L << 10,
          "MiB",
          1L << 20,
          "GiB",
          1L << 30,
          "TiB",
          1L << 40);

  private Sizes() {}

  /** The bytes {@code text} spells. Throws {@link IllegalArgumentException} for any other text. */
  public static long parse(String text) {
    Matcher matcher = PATTERN.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "expected a size like 512kB, 40MB, 1.5GB or 64MiB, got \"" + text + "\"");
    }
    return new BigDecimal(matcher.group(1))
        .multiply(BigDecimal.valueOf(BYTES.getOrDefault(matcher.group(3), 1L)))
        .longValue();
  }

  /** About as many bytes for people, by thousands, with a decimal where it tells something. */
  public static String format(double bytes) {
    for (String unit : new String[] {"TB", "GB", "MB", "kB"}) {
      double size = BYTES.getOrDefault(unit, 1L);
      if (bytes >= size) {
        return trimmed(bytes / size) + unit;
      }
    }
    return String.format(Locale.ROOT, "%.0f bytes", bytes);
  }

  /** Exactly as many bytes, in the largest unit of which they are a whole number. */
  public static String exact(long bytes) {
    return BYTES.entrySet().stream()
        .filter(unit -> bytes % unit.getValue() == 0)
        .max(Map.Entry.comparingByValue())
        .map(unit -> bytes / unit.getValue() + unit.getKey())
        .orElse(bytes + " bytes");
  }

  private static String trimmed(double number) {
    return BigDecimal.valueOf(number)
        .setScale(1, RoundingMode.HALF_UP)
        .stripTrailingZeros()
        .toPlainString();
  }
}
