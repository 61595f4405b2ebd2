package dev.kedge.console;

import dev.kedge.spec.Similar;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Runs a command line of Kedge: problems to stderr in one form, and the exit codes of the house.
 */
public final class Program {
  /** Set by {@code -v}: failures that nobody foresaw are told with their stack trace. */
  public static final String VERBOSE = "kedge.verbose";

  private static final Pattern URL = Pattern.compile("://[^\\s\"']*");

  private Program() {}

  /** Gives {@code commands} the manners of the house. */
  public static CommandLine prepare(CommandLine commands) {
    return commands
        .setParameterExceptionHandler(Program::misused)
        .setExecutionExceptionHandler(Program::failed)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(false)
        .setUsageHelpWidth(100);
  }

  private static int misused(ParameterException error, String[] args) {
    return tell(error.getCommandLine(), problemOf(error));
  }

  private static Problem problemOf(ParameterException error) {
    if (error.getCause() instanceof Problem told) {
      return told;
    }
    return error instanceof UnmatchedArgumentException unmatched
        ? unmatched(unmatched)
        : Problem.usage("KD1200", masked(firstLine(error)), helpOf(error));
  }

  private static Problem unmatched(UnmatchedArgumentException error) {
    String given = error.getUnmatched().get(0);
    boolean option = error.isUnknownOption();
    String what =
        option ? "unknown option " : noVerb(error) ? "unknown command " : "too many words: ";
    String guess =
        !(option || noVerb(error))
            ? ""
            : near(error).map(near -> "; did you mean " + near + "?").orElse("");
    return Problem.usage(
        option || !noVerb(error) ? "KD1200" : "KD1202",
        what + "\"" + masked(given) + "\"" + guess,
        helpOf(error));
  }

  private static boolean noVerb(UnmatchedArgumentException error) {
    return !error.getCommandLine().getSubcommands().isEmpty();
  }

  // The library has a suggestion for every word, like or not.
  private static Optional<String> near(UnmatchedArgumentException error) {
    List<String> known = error.getSuggestions().stream().map(Program::bare).toList();
    return Similar.to(bare(error.getUnmatched().get(0)), known);
  }

  // Suggestions of options come with their parameters: "--lanes=<n>".
  private static String bare(String suggestion) {
    return suggestion.split("[ =]", 2)[0];
  }

  private static String helpOf(ParameterException error) {
    return error.getCommandLine().getCommandSpec().qualifiedName() + " --help";
  }

  private static int failed(Exception error, CommandLine command, ParseResult parsed) {
    return tell(command, error instanceof Problem problem ? problem : problemOf(error));
  }

  private static Problem problemOf(Exception error) {
    Problem known = TemporalProblems.of(error);
    if (known != null) {
      return known;
    }
    if (Boolean.getBoolean(VERBOSE)) {
      error.printStackTrace();
    }
    return Problem.failed(
        "KD9001",
        "unexpected " + error.getClass().getSimpleName() + ": " + firstLine(error),
        "run it again with -v for the whole story");
  }

  // What was mistyped may be a URL with a password in it.
  private static String masked(String text) {
    return URL.matcher(text).replaceAll("://…");
  }

  private static String firstLine(Exception error) {
    String message = error.getMessage();
    return message == null ? "no message" : message.lines().findFirst().orElse("no message");
  }

  /** Prints a problem; returns its exit code. */
  public static int tell(CommandLine command, Problem problem) {
    command.getErr().println(problem.render());
    command.getErr().flush();
    return problem.exit().number();
  }
}
