package dev.kedge.spec;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Reads single values of a spec; what is not as expected becomes a problem and reads as empty. */
final class Scalars {
  private static final int SHOWN = 60;
  private static final int DIGITS = 40;

  private final Problems problems;

  Scalars(Problems problems) {
    this.problems = problems;
  }

  /** Text that is not blank. */
  Optional<String> text(Node node) {
    if (node.getTag().equals(Tag.STR) && node instanceof ScalarNode scalar) {
      return notBlank(node, scalar.getValue());
    }
    boolean number = node instanceof ScalarNode && !node.getTag().equals(Tag.NULL);
    unexpected(node, "text", number ? "put it in quotes" : null);
    return Optional.empty();
  }

  /** SQL as it is written, numbers and booleans included; never blank. */
  Optional<String> sql(Node node) {
    if (node instanceof ScalarNode scalar && !node.getTag().equals(Tag.NULL)) {
      return notBlank(node, scalar.getValue());
    }
    unexpected(
        node, "SQL", node.getTag().equals(Tag.NULL) ? "for the null value write NULL" : null);
    return Optional.empty();
  }

  /** Text that matches {@code form}, or a problem that says {@code expected}. */
  Optional<String> matching(Node node, Pattern form, String expected) {
    Optional<String> text = text(node);
    if (text.isPresent() && !form.matcher(text.get()).matches()) {
      unexpected(node, expected, null);
      return Optional.empty();
    }
    return text;
  }

  Optional<Integer> integer(Node node, int from, int to) {
    if (node.getTag().equals(Tag.INT) && node instanceof ScalarNode scalar) {
      String digits = scalar.getValue();
      // Ten digits and a sign fit into a long; anything longer is out of every range.
      if (digits.length() <= 11) {
        long value = Long.parseLong(digits);
        if (value >= from && value <= to) {
          return Optional.of((int) value);
        }
      }
    }
    unexpected(node, from == to ? "" + from : "an integer from %d to %d".formatted(from, to), null);
    return Optional.empty();
  }

  Optional<Boolean> bool(Node node) {
    if (node.getTag().equals(Tag.BOOL) && node instanceof ScalarNode scalar) {
      return Optional.of(Boolean.valueOf(scalar.getValue()));
    }
    unexpected(node, "true or false", null);
    return Optional.empty();
  }

  Optional<Duration> duration(Node node, Duration from, Duration to) {
    Optional<Duration> duration = durationOf(node);
    if (duration.isPresent()
        && (duration.get().compareTo(from) < 0 || duration.get().compareTo(to) > 0)) {
      String range = "from " + Durations.format(from) + " to " + Durations.format(to);
      unexpected(node, "a duration " + range, null);
      return Optional.empty();
    }
    return duration;
  }

  private Optional<Duration> durationOf(Node node) {
    if (node.getTag().equals(Tag.STR) && node instanceof ScalarNode scalar) {
      try {
        return Optional.of(Durations.parse(scalar.getValue()));
      } catch (IllegalArgumentException e) {
        // Said below, with the place.
      }
    }
    unexpected(node, "a duration like 250ms, 10s, 15m, 24h or P2D", null);
    return Optional.empty();
  }

  /** Bytes, at least one. */
  Optional<Long> size(Node node) {
    if (node.getTag().equals(Tag.STR) && node instanceof ScalarNode scalar) {
      try {
        long bytes = Sizes.parse(scalar.getValue());
        if (bytes > 0) {
          return Optional.of(bytes);
        }
      } catch (IllegalArgumentException e) {
        // Said below, with the place.
      }
    }
    unexpected(node, "a size like 512kB, 40MB, 1.5GB or 64MiB", null);
    return Optional.empty();
  }

  /** Any number that can be counted with. */
  Optional<Double> number(Node node) {
    boolean number = node.getTag().equals(Tag.INT) || node.getTag().equals(Tag.FLOAT);
    if (number && node instanceof ScalarNode scalar) {
      try {
        double value = Double.parseDouble(scalar.getValue());
        if (Double.isFinite(value)) {
          return Optional.of(value);
        }
      } catch (NumberFormatException e) {
        // YAML spells infinity otherwise; said below.
      }
    }
    unexpected(node, "a number", null);
    return Optional.empty();
  }

  /** A number with all its digits. */
  Optional<BigDecimal> decimal(Node node) {
    boolean number = node.getTag().equals(Tag.INT) || node.getTag().equals(Tag.FLOAT);
    if (number && node instanceof ScalarNode scalar && scalar.getValue().length() <= DIGITS) {
      try {
        BigDecimal value = new BigDecimal(scalar.getValue());
        if (Math.abs(value.scale()) <= DIGITS) {
          return Optional.of(value);
        }
      } catch (NumberFormatException e) {
        // YAML spells infinity otherwise; said below.
      }
    }
    unexpected(node, "a number of at most " + DIGITS + " digits", null);
    return Optional.empty();
  }

  /** A duration of at least a microsecond and at most a year, spelled the shortest way. */
  Optional<String> shortDuration(Node node) {
    return duration(node, Duration.ofNanos(1_000), Duration.ofDays(366)).map(Durations::format);
  }

  /** The elements of a list that has at least one. */
  List<Node> list(Node node, String of) {
    if (node instanceof SequenceNode list && !list.getValue().isEmpty()) {
      return list.getValue();
    }
    unexpected(node, "a list of " + of, "leave the field out if there are none");
    return List.of();
  }

  /** Whether {@code node} is exactly this text. */
  static boolean isText(Node node, String text) {
    return node instanceof ScalarNode scalar && scalar.getValue().equals(text);
  }

  void unexpected(Node node, String expected, @Nullable String help) {
    problems.add(node, Codes.VALUE, "expected " + expected + ", got " + describe(node), help);
  }

  private Optional<String> notBlank(Node node, String text) {
    if (text.isBlank()) {
      problems.add(node, Codes.VALUE, "expected text, got nothing but white space");
      return Optional.empty();
    }
    if (text.indexOf('\0') >= 0) {
      problems.add(node, Codes.VALUE, "PostgreSQL cannot hold a NUL character");
      return Optional.empty();
    }
    return Optional.of(text);
  }

  private static String describe(Node node) {
    if (node instanceof SequenceNode list) {
      return list.getValue().isEmpty() ? "an empty list" : "a list";
    }
    if (node instanceof MappingNode) {
      return "fields";
    }
    return node.getTag().equals(Tag.NULL) ? "nothing" : shown(((ScalarNode) node).getValue());
  }

  /** The text in quotes as messages show it: short, control characters escaped. */
  static String shown(String text) {
    StringBuilder shown = new StringBuilder("\"");
    text.codePoints()
        .limit(SHOWN)
        .forEach(
            character -> {
              if (Character.isISOControl(character)) {
                shown.append("\\u%04x".formatted(character));
              } else {
                shown.append(character == '"' ? "\\\"" : Character.toString(character));
              }
            });
    return shown.append(text.codePointCount(0, text.length()) > SHOWN ? "…\"" : "\"").toString();
  }
}
