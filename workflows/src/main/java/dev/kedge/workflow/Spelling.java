package dev.kedge.workflow;

import dev.kedge.spec.Similar;
import java.util.Collection;

/** Guesses what somebody meant to write. */
final class Spelling {
  private Spelling() {}

  /** {@code , did you mean "x"?}, or nothing. */
  static String hint(String written, Collection<String> known) {
    return Similar.to(written, known).map(word -> ", did you mean \"" + word + "\"?").orElse("");
  }
}
