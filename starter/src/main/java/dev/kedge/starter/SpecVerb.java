package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.spec.Spec;
import dev.kedge.spec.SpecException;
import java.util.Optional;

/** A command that takes a spec: what is wrong with it is told as a compiler does, and exit is 2. */
abstract class SpecVerb extends Verb {
  /** Goes on with a spec that is right. */
  interface Next {
    ExitCode with(Spec spec);
  }

  final ExitCode withSpec(InputFile file, Next next) {
    Optional<Spec> spec = specOf(file);
    return spec.isPresent() ? next.with(spec.get()) : ExitCode.USAGE;
  }

  private Optional<Spec> specOf(InputFile file) {
    try {
      return Optional.of(file.spec());
    } catch (SpecException e) {
      wrong(e);
      return Optional.empty();
    }
  }

  /** Tells what is wrong with a spec. */
  void wrong(SpecException error) {
    say(error.getMessage() + " (exit 2)");
  }
}
