package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import dev.kedge.workflow.Verdict;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A command that tells a migration something, and prints the verdict. */
abstract class SignalVerb extends MigrationVerb {
  @Option(
      names = "--as",
      paramLabel = "WHO",
      description =
          "who you are: a claim, unless the server knows better (default: your user name)")
  private @Nullable String who;

  final String sender() {
    return who == null ? Person.here() : who;
  }

  final ExitCode tell(RemoteMigration migration, String signal, Letter letter) {
    return verdict(migration.send(signal, letter.json()));
  }

  final ExitCode verdict(Verdict verdict) {
    if (common().json()) {
      out().println(Json.pretty(verdict));
    } else if (verdict.accepted()) {
      out().println(verdict.message());
    }
    if (verdict.accepted()) {
      return ExitCode.OK;
    }
    Problem refused = refusal(verdict);
    if (!common().json()) {
      say(refused.render());
    }
    return refused.exit();
  }

  // What does not count because nobody waits for it is a failure like any other: 6 is for commands
  // that wait.
  private Problem refusal(Verdict verdict) {
    String code = verdict.code();
    boolean unauthorised = code != null && code.startsWith("KD40");
    return new Problem(
        code == null ? "KD3007" : code,
        unauthorised ? ExitCode.NOT_AUTHORISED : ExitCode.FAILED,
        verdict.message(),
        "kedge status " + name());
  }
}
