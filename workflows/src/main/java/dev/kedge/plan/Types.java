package dev.kedge.plan;

import java.util.List;
import java.util.Set;

/** What the planner knows of types by their names as {@code format_type} prints them. */
final class Types {
  private static final List<String> INTEGERS = List.of("smallint", "integer", "bigint");
  private static final Set<String> TEXTS = Set.of("text", "character varying");

  private Types() {}

  /** The type without its modifier: {@code numeric(14,2)} is {@code numeric}. */
  static String base(String type) {
    return type.replaceAll("\\([^)]*\\)", "");
  }

  /** Whether each value of {@code from} is a value of {@code to} as it stands. */
  static boolean holds(String to, String from) {
    String target = base(to);
    String source = base(from);
    return target.equals(source)
        || (TEXTS.contains(target) && TEXTS.contains(source))
        || (INTEGERS.contains(source)
            && (target.equals("numeric") || INTEGERS.indexOf(target) > INTEGERS.indexOf(source)));
  }

  /**
   * Whether keys of type {@code from} are the same keys as {@code to}: none is cut or rounded, and
   * equal, different and in order alike. What does not fit a text's length is refused when it is
   * stored; a scale or a precision rounds without a word.
   */
  static boolean sameKey(String from, String to) {
    return (base(from).equals(base(to)) && (isText(from) || keeps(from, to)))
        || (TEXTS.contains(base(from)) && TEXTS.contains(base(to)))
        || (INTEGERS.contains(base(from)) && INTEGERS.contains(base(to)));
  }

  /** Whether a value of {@code from} may lose digits in {@code to} without a word. */
  static boolean rounds(String from, String to) {
    return !isText(to) && base(from).equals(base(to)) && !keeps(from, to);
  }

  private static boolean isText(String type) {
    return base(type).startsWith("character") || base(type).startsWith("bit");
  }

  private static boolean keeps(String from, String to) {
    return from.equals(to) || !to.contains("(") || (from.contains("(") && scale(from) <= scale(to));
  }

  /** How many digits stay behind the point: {@code numeric(14,2)}, {@code timestamp(3)}. */
  private static int scale(String type) {
    String[] modifiers = type.replaceAll(".*\\(|\\).*", "").split(",", -1);
    boolean integral = base(type).equals("numeric") && modifiers.length == 1;
    return integral ? 0 : Integer.parseInt(modifiers[modifiers.length - 1].strip());
  }
}
