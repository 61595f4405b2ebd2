package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.State;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Pauses, and returns when it has taken effect. */
@Command(
    name = "pause",
    description = {
      "Stops all writes of Kedge.",
      "When it has returned, none of its transactions commits any more. Triggers go on capturing",
      "what the application changes."
    },
    footer = {
      "Examples:",
      "  kedge pause users-handle --reason \"month-end close\"",
      "  kedge pause users-handle --direct --config kedge.yaml    # without Temporal"
    })
final class PauseCommand extends SignalVerb {
  @Option(names = "--reason", paramLabel = "TEXT", description = "shown in the status")
  private @Nullable String reason;

  @Option(
      names = "--timeout",
      paramLabel = "D",
      description = "how long to wait for it to take effect (${DEFAULT-VALUE})")
  private String timeout = "60s";

  @Option(
      names = "--direct",
      description =
          "work on the database itself, without Temporal; takes a worker's --config and --database")
  private boolean direct;

  @Override
  void check() {
    Words.duration("--timeout", timeout);
    if (direct) {
      throw Problem.usage(
          "KD1206", "this program has no databases to pause directly", "use the kedge launcher");
    }
  }

  @Override
  ExitCode about(RemoteMigration migration, Session session) {
    Duration limit = Words.duration("--timeout", timeout);
    MigrationStatus status =
        migration.pause(Letter.from(sender()).with("reason", reason).json(), limit);
    Ending.show(this, status);
    return status.state() == State.PAUSED ? ExitCode.OK : notPaused(status);
  }

  private ExitCode notPaused(MigrationStatus status) {
    say(
        Problem.failed(
                "KD3007",
                name() + " was not paused (" + StatusText.where(status) + ")",
                status.reason())
            .render());
    return ExitCode.FAILED;
  }
}
