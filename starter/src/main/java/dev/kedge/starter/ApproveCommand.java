package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import picocli.CommandLine.Command;

/** Sends {@code approve}. */
@Command(
    name = "approve",
    description = {
      "Approves a gate that waits, on the plan and the evidence that status shows.",
      "Exit 4 when you may not decide this, 1 when it does not count otherwise."
    },
    footer = {
      "Example:",
      "  kedge approve users-handle reads --as alice@example.com --comment \"looks right\""
    })
final class ApproveCommand extends DecisionVerb {
  @Override
  ExitCode about(RemoteMigration migration, Session session) {
    return decide(migration, "approve");
  }
}
