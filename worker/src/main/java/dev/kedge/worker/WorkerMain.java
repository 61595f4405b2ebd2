package dev.kedge.worker;

import dev.kedge.console.Program;
import picocli.CommandLine;

/** The worker as a program of its own. */
public final class WorkerMain {
  private WorkerMain() {}

  public static void main(String[] args) {
    System.exit(Program.prepare(new CommandLine(new WorkerCommand())).execute(args));
  }
}
