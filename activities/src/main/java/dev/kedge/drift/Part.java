package dev.kedge.drift;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One object of a table's structure.
 *
 * @param table its table, as people read it
 * @param name the object's; empty for the table itself
 * @param shown what it is, as people read it
 * @param hidden what else makes it the very same one, as a column made again is another
 */
record Part(Role role, String table, Kind kind, String name, String shown, String hidden) {
  // A name may have any character but these.
  private static final Pattern LINE =
      Pattern.compile("(\\w+)\t([^\t]*)\t(\\w+)\t([^\t]*)\t([^\t]*)\t([^\t]*)");

  /** What an object can be. */
  enum Kind {
    TABLE("table"),
    PERSISTENCE("persistence"),
    ROW_SECURITY("row security"),
    COLUMN("column"),
    CONSTRAINT("constraint"),
    UNIQUE_INDEX("unique index"),
    REFERENCE("reference"),
    TRIGGER("trigger"),
    RULE("rule");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  /** Which object it is, whatever it looks like. */
  record Id(Role role, String table, Kind kind, String name) {}

  Id id() {
    return new Id(role, table, kind, name);
  }

  /** As it is stored, in one line. */
  String line() {
    return String.join("\t", role.name(), table, kind.name(), name, shown, hidden);
  }

  static List<Part> parse(String lines) {
    List<Part> parts = new ArrayList<>();
    for (String line : lines.lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        parts.add(
            new Part(
                Role.valueOf(matcher.group(1)),
                matcher.group(2),
                Kind.valueOf(matcher.group(3)),
                matcher.group(4),
                matcher.group(5),
                matcher.group(6)));
      }
    }
    return parts;
  }
}
