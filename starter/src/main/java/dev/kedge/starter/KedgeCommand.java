package dev.kedge.starter;

import dev.kedge.console.Program;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line: a verb, then its own options. */
@Command(
    name = "kedge",
    mixinStandardHelpOptions = true,
    versionProvider = KedgeCommand.Version.class,
    description = "Moves a production PostgreSQL database in bounded, reversible, proven steps.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ValidateCommand.class,
      PlanCommand.class,
      StartCommand.class,
      WaitCommand.class,
      StatusCommand.class,
      ListCommand.class,
      ApproveCommand.class,
      RejectCommand.class,
      PauseCommand.class,
      ResumeCommand.class,
      RetryCommand.class,
      RollbackCommand.class,
      AbortCommand.class,
      TuneCommand.class,
      VerifyCommand.class,
      SchemaCommand.class
    },
    commandListHeading = "%nCommands:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:ok",
      "1:failed",
      "2:bad usage, spec or plan; nothing was changed",
      "3:differences found",
      "4:not authorised",
      "5:cannot reach Temporal or PostgreSQL",
      "6:timed out, or waiting at a gate",
      "7:the migration stopped (paused, parked, aborted, rolled back)",
      "130:interrupted; the migration goes on"
    },
    footerHeading = "%n",
    footer = {
      "Example:",
      "  kedge validate users-handle.yaml && kedge plan users-handle.yaml && kedge start users-handle.yaml",
      "Durations: 250ms, 10s, 15m, 24h, P2D. stdout is data, stderr is messages."
    })
public final class KedgeCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  /** The command line with the manners of the house; more verbs may be added to it. */
  public static CommandLine commandLine() {
    return Program.prepare(new CommandLine(new KedgeCommand()));
  }

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "a command is missing");
  }

  /** The version of the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = KedgeCommand.class.getPackage().getImplementationVersion();
      return new String[] {"kedge " + (version == null ? "(from sources)" : version)};
    }
  }
}
