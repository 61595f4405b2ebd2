package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.workflow.MigrationStatus;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Blocks until a migration is where somebody wants it. */
@Command(
    name = "wait",
    description = {
      "Waits until a migration has reached something, and prints its status.",
      "Exit 6 when the time is over, 7 when it stopped otherwise."
    },
    footer = {
      "Examples:",
      "  kedge wait users-handle --for gate:reads --timeout 20m",
      "  kedge wait users-handle --for any      # the next thing a person must do"
    })
final class WaitCommand extends MigrationVerb {
  @Option(
      names = "--for",
      paramLabel = "WHAT",
      description = "gate:G, phase:P, paused, parked, completed or any (${DEFAULT-VALUE})")
  private String goal = "completed";

  @Option(
      names = "--timeout",
      paramLabel = "D",
      description = "how long to wait; for ever unless given")
  private @Nullable String timeout;

  @Override
  void check() {
    WaitGoal.parse(goal);
    limit();
  }

  private @Nullable Duration limit() {
    return timeout == null ? null : Words.duration("--timeout", timeout);
  }

  @Override
  ExitCode about(RemoteMigration migration, Session session) {
    WaitGoal what = WaitGoal.parse(goal);
    MigrationStatus status =
        Interruption.told(name(), () -> new Waiter(migration, limit()).until(what));
    return Ending.of(this, status, what);
  }
}
