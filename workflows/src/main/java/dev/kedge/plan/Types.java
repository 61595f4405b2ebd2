package dev.kedge.plan;

import java.util.List;
import java.util.Set;

/** What the planner knows of types by their names as {@code format_type} prints them. */
final class Types {
  private static final List<String> INTEGERS = List.of("smallint", "integer", "bigint");
  private static final Set<String> TEXTS = Set.of("text", "character varying");
  private static final Set<String> FLOATS = Set.of("real", "double precision");

  private Types() {}

  /** The type without its modifier: {@code numeric(14,2)} is {@code numeric}. */
  static String base(String type) {
    return type.replaceAll("\\([^)]*\\)", "");
  }

  static boolean isFloat(String type) {
    return FLOATS.contains(base(type));
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

  /** Whether keys of both types are the same keys: equal, different and in order alike. */
  static boolean sameKey(String one, String other) {
    return base(one).equals(base(other))
        || (TEXTS.contains(base(one)) && TEXTS.contains(base(other)))
        || (INTEGERS.contains(base(one)) && INTEGERS.contains(base(other)));
  }
}
