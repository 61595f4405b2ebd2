package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import picocli.CommandLine.Command;

/** Sends {@code reject}. */
@Command(
    name = "reject",
    description = {
      "Rejects a gate; it stays shut until somebody retries.",
      "Exit 4 when you may not decide this, 1 when it does not count otherwise."
    },
    footer = {
      "Example:",
      "  kedge reject users-handle reads --as alice@example.com --comment \"looks right\""
    })
final class RejectCommand extends DecisionVerb {
  @Override
  ExitCode about(RemoteMigration migration, Session session) {
    return decide(migration, "reject");
  }
}
