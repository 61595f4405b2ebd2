package dev.kedge.reconcile;

import java.util.Arrays;

/** How a key differs, seen from the side that follows. */
enum Kind {
  MISSING("missing"),
  EXTRA("extra"),
  DIFFERENT("different"),
  NOT_COMPARABLE("notComparable");

  private final String label;

  Kind(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  static Kind of(String label) {
    return Arrays.stream(values())
        .filter(kind -> kind.label.equals(label))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no kind of difference: " + label));
  }
}
