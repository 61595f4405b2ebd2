package dev.kedge.embedded;

import dev.kedge.console.Program;
import dev.kedge.embedded.demo.DemoCommand;
import dev.kedge.starter.KedgeCommand;
import dev.kedge.worker.DirectPauseCommand;
import dev.kedge.worker.SetupCommand;
import dev.kedge.worker.WorkerCommand;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;

/** The whole program: the command line, the worker, and everything in one process. */
public final class KedgeMain {
  private KedgeMain() {}

  public static void main(String[] args) {
    System.exit(commandLine(args).execute(args));
  }

  static CommandLine commandLine(String... args) {
    CommandLine line = KedgeCommand.commandLine();
    line.addSubcommand(new WorkerCommand());
    line.addSubcommand(new DevCommand());
    line.addSubcommand(new DemoCommand());
    line.addSubcommand(new SetupCommand());
    if (pausesDirectly(Arrays.asList(args))) {
      line.getCommandSpec().removeSubcommand("pause");
      line.addSubcommand(new DirectPauseCommand());
    }
    return Program.prepare(line);
  }

  // Without Temporal, and with a worker's configuration: another program under the same verb.
  private static boolean pausesDirectly(List<String> args) {
    return args.contains("pause") && args.contains("--direct");
  }
}
