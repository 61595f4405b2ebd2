package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Program;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** One command: data to stdout, messages to stderr, an exit code of the house. */
@Command(
    mixinStandardHelpOptions = true,
    sortOptions = false,
    optionListHeading = "%nOptions:%n",
    parameterListHeading = "%n",
    footerHeading = "%n")
abstract class Verb implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Mixin private CommonOptions common = new CommonOptions();

  /** Does it. */
  abstract ExitCode run();

  @Override
  public final Integer call() {
    System.setProperty(Program.VERBOSE, String.valueOf(common.verbose()));
    try {
      return run().number();
    } finally {
      out().flush();
      err().flush();
    }
  }

  final CommonOptions common() {
    return common;
  }

  /** For data. */
  final PrintWriter out() {
    return Objects.requireNonNull(spec).commandLine().getOut();
  }

  /** For messages. */
  final PrintWriter err() {
    return Objects.requireNonNull(spec).commandLine().getErr();
  }

  /** A message at once, since what follows may take its time. */
  final void say(String message) {
    err().println(message);
    err().flush();
  }

  /** Opens the connection; fails in bounded time. */
  final Session open() {
    return Session.open(common.temporal(), Person.here());
  }
}
