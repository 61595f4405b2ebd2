package dev.kedge.starter;

import dev.kedge.console.Problem;
import dev.kedge.spec.Durations;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Similar;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** Words of the trade as people type them; a wrong one is refused with what was probably meant. */
final class Words {
  private Words() {}

  static Gate gate(String label) {
    return one("gate", label, Arrays.stream(Gate.values()).map(Gate::label).toList(), Gate::of);
  }

  /** The thing {@code word} names, one of {@code known}. */
  static <T> T one(String kind, String word, List<String> known, Function<String, T> of) {
    if (known.contains(word)) {
      return of.apply(word);
    }
    String guess =
        Similar.to(word, known).map(near -> "; did you mean \"" + near + "\"?").orElse("");
    throw Problem.usage(
        "KD1203",
        "there is no " + kind + " \"" + word + "\"" + guess,
        kind + "s are " + String.join(", ", known));
  }

  static Duration duration(String option, String text) {
    try {
      return Durations.parse(text);
    } catch (IllegalArgumentException e) {
      throw Problem.usage("KD1203", option + ": " + e.getMessage(), null);
    }
  }
}
