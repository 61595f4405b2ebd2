package dev.kedge.drift;

import dev.kedge.drift.Part.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What became of a structure, in words: of what changed only what may make data wrong, or keep rows
 * from being written.
 */
final class Differences {
  private static final String NOT_VALID = " NOT VALID";

  private final Map<Part.Id, Part> before;
  private final Map<Part.Id, Part> now;
  private final Set<String> deferred;
  private final List<String> words = new ArrayList<>();

  /**
   * @param deferred names of what is taken away from the target for the copy and built again
   */
  private Differences(Shape before, Shape now, List<String> deferred) {
    this.before = before.byId();
    this.now = now.byId();
    this.deferred = Set.copyOf(deferred);
  }

  /** A phrase for each difference that matters, tables in order; none when nothing does. */
  static List<String> between(Shape before, Shape now, List<String> deferred) {
    Differences differences = new Differences(before, now, deferred);
    before.parts().forEach(differences::kept);
    now.parts().forEach(differences::added);
    return List.copyOf(differences.words);
  }

  private void kept(Part part) {
    Part after = now.get(part.id());
    if (after == null) {
      gone(part);
    } else if (!after.equals(part) && !isDeferred(part)) {
      say(part, changed(part, after));
    }
  }

  private void gone(Part part) {
    if (part.kind() == Kind.TABLE) {
      say(part, "is gone, or has another name");
    } else if (isThere(part) && !isDeferred(part)) {
      say(part, "was dropped");
    }
  }

  private static String changed(Part part, Part after) {
    return switch (part.kind()) {
      case TABLE -> "is another table than it was";
      case PERSISTENCE, ROW_SECURITY, TRIGGER, RULE ->
          part.shown().equals(after.shown())
              ? "was changed"
              : "was " + part.shown() + " and is " + after.shown();
      case COLUMN ->
          part.shown().equals(after.shown())
              ? "was dropped and made again"
              : "was %s and is %s".formatted(part.shown(), after.shown());
      case CONSTRAINT, REFERENCE ->
          after.shown().equals(part.shown() + NOT_VALID)
              ? "is not valid any more"
              : "was changed from %s to %s".formatted(part.shown(), after.shown());
      case UNIQUE_INDEX ->
          part.shown().equals(after.shown()) ? "is not valid any more" : "was changed";
    };
  }

  // A constraint that becomes valid, or an index, is no harm.
  private void added(Part part) {
    if (!before.containsKey(part.id()) && isKnown(part) && matters(part) && !isDeferred(part)) {
      say(part, "was added" + (part.kind() == Kind.COLUMN ? ": " + part.shown() : ""));
    }
  }

  private static boolean matters(Part part) {
    return switch (part.role()) {
      // Nothing would carry it over, and it would be lost when the new side is written.
      case SOURCE -> part.kind() == Kind.COLUMN;
      case JOINED -> false;
      case TARGET -> part.kind() != Kind.UNIQUE_INDEX || part.hidden().isEmpty();
      case IN_PLACE -> part.kind() == Kind.TRIGGER || part.kind() == Kind.RULE;
    };
  }

  // A table that is gone takes all of it along, and says so itself.
  private boolean isThere(Part part) {
    return now.containsKey(new Part.Id(part.role(), part.table(), Kind.TABLE, ""));
  }

  private boolean isKnown(Part part) {
    return before.containsKey(new Part.Id(part.role(), part.table(), Kind.TABLE, ""));
  }

  private boolean isDeferred(Part part) {
    return part.role() == Role.TARGET
        && (part.kind() == Kind.CONSTRAINT || part.kind() == Kind.UNIQUE_INDEX)
        && deferred.contains(part.name());
  }

  private void say(Part part, String what) {
    String object =
        part.kind() == Kind.TABLE
            ? part.table()
            : part.table()
                + ": "
                + part.kind().words()
                + (part.name().isEmpty() ? "" : " " + part.name());
    words.add(object + " " + what);
  }
}
