package dev.kedge.starter;

import picocli.CommandLine.Command;

/** Sends {@code rollback}. */
@Command(
    name = "rollback",
    description = {
      "Brings the catalog back to what it was before expand.",
      "traffic goes back to the old side, and what expand made is undone; rows that only the new side has are archived first."
    },
    footer = {"Example:", "  kedge rollback users-handle --reason \"found a better way\" --yes"})
final class RollbackCommand extends DestructiveVerb {
  @Override
  String verb() {
    return "rollback";
  }

  @Override
  String consequence() {
    return "traffic goes back to the old side, and what expand made is undone; rows that only the new side has are archived first";
  }
}
