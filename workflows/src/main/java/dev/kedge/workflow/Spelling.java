package dev.kedge.workflow;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Guesses what somebody meant to write. */
final class Spelling {
  private static final int NEAR = 3;

  private Spelling() {}

  /** The known word closest to {@code written}, if one is close. */
  static Optional<String> closest(String written, Collection<String> known) {
    String lower = written.toLowerCase(Locale.ROOT);
    return known.stream()
        .filter(word -> distance(lower, word) <= Math.min(NEAR, word.length() / 2))
        .min(Comparator.comparingInt((String word) -> distance(lower, word)));
  }

  /** {@code , did you mean "x"?}, or nothing. */
  static String hint(String written, Collection<String> known) {
    return closest(written, known).map(word -> ", did you mean \"" + word + "\"?").orElse("");
  }

  /** Insertions, deletions and replacements between two words (Levenshtein, one row kept). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
