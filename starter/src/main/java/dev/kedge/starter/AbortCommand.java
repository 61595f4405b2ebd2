package dev.kedge.starter;

import picocli.CommandLine.Command;

/** Sends {@code abort}. */
@Command(
    name = "abort",
    description = {
      "Stops a migration for good, without undoing expand.",
      "the migration stops for good; triggers, logs and ledger go, an unfinished target stays."
    },
    footer = {"Example:", "  kedge abort users-handle --reason \"found a better way\" --yes"})
final class AbortCommand extends DestructiveVerb {
  @Override
  String verb() {
    return "abort";
  }

  @Override
  String consequence() {
    return "the migration stops for good; triggers, logs and ledger go, an unfinished target stays";
  }
}
