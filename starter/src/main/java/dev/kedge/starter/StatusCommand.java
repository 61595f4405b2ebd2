package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What is going on in one migration. */
@Command(
    name = "status",
    description = "Says what is going on: phase, progress, rate, time left, what is waited for.",
    footer = {
      "Examples:",
      "  kedge status users-handle --watch",
      "  kedge status users-handle -o json | jq .phase"
    })
final class StatusCommand extends MigrationVerb {
  @Option(
      names = "--watch",
      description = "shows it again and again until it ends; Ctrl-C only ends the looking")
  private boolean watch;

  @Override
  ExitCode about(RemoteMigration migration, Session session) {
    if (!watch) {
      Ending.show(this, migration.status());
      return ExitCode.OK;
    }
    Watch watching = new Watch(migration, out(), common());
    return Ending.stopped(this, Interruption.told(name(), watching::untilEnded));
  }
}
