package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * A command that cannot be taken back: asks first, or wants {@code --yes} where nobody can be
 * asked.
 */
abstract class DestructiveVerb extends SignalVerb {
  @Option(names = "--reason", paramLabel = "TEXT", description = "kept in the history")
  private @Nullable String reason;

  @Option(
      names = {"-y", "--yes"},
      description = "do not ask")
  private boolean yes;

  /** The verb, and what it does to the migration. */
  abstract String verb();

  abstract String consequence();

  @Override
  final void check() {
    if (yes) {
      return;
    }
    if (!Terminal.present()) {
      throw Problem.usage(
          "KD1201",
          verb() + " needs --yes when nobody can be asked: " + consequence(),
          "kedge " + verb() + " " + name() + " --yes");
    }
    String question = consequence() + "\n" + verb() + " " + name() + "? [y/N] ";
    if (!Terminal.ask(question).toLowerCase(Locale.ROOT).startsWith("y")) {
      throw Problem.usage("KD1201", verb() + " was not confirmed", null);
    }
  }

  @Override
  final ExitCode about(RemoteMigration migration, Session session) {
    return tell(migration, verb(), Letter.from(sender()).with("reason", reason));
  }
}
