package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Sends {@code retry}. */
@Command(
    name = "retry",
    description = "Tries again what is parked, after repairing the differences that were found.",
    footer = {"Example:", "  kedge retry users-handle"})
final class RetryCommand extends SignalVerb {
  @Option(names = "--reason", paramLabel = "TEXT", description = "kept in the history")
  private @Nullable String reason;

  @Override
  ExitCode about(RemoteMigration migration, Session session) {
    return tell(migration, "retry", Letter.from(sender()).with("reason", reason));
  }
}
