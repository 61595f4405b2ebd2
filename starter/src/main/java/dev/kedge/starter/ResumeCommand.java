package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Sends {@code resume}. */
@Command(
    name = "resume",
    description = "Goes on after a pause.",
    footer = {"Example:", "  kedge resume users-handle"})
final class ResumeCommand extends SignalVerb {
  @Option(names = "--reason", paramLabel = "TEXT", description = "kept in the history")
  private @Nullable String reason;

  @Override
  ExitCode about(RemoteMigration migration, Session session) {
    return tell(migration, "resume", Letter.from(sender()).with("reason", reason));
  }
}
