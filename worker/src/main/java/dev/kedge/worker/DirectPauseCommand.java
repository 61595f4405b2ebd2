package dev.kedge.worker;

import dev.kedge.activity.Failures;
import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import dev.kedge.postgres.Databases;
import dev.kedge.registry.DirectFence;
import io.temporal.failure.ApplicationFailure;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Pauses a migration in its database, without Temporal: {@code kedge pause NAME --direct}. */
@Command(
    name = "pause",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Stops all writes of Kedge by the fence in the database itself; Temporal is not asked.",
      "The workflow is paused when it next tries to write; `kedge resume` goes on."
    },
    footerHeading = "%n",
    footer = {
      "Example:",
      "  kedge pause users-handle --direct --database app=postgresql://kedge@db:5432/app"
    })
public final class DirectPauseCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "the migration's name")
  private String name = "";

  @Mixin private DatabaseOptions databases = new DatabaseOptions();

  @SuppressWarnings("UnusedVariable") // It chose this command.
  @Option(names = "--direct", required = true, description = "work on the database itself")
  private boolean direct;

  @Option(names = "--reason", paramLabel = "TEXT", description = "shown by list")
  private String reason = "paused directly";

  @Override
  public Integer call() {
    Collection<DatabaseConfig> known = databases.read(System.getenv());
    if (known.isEmpty()) {
      throw Problem.usage(
          "KD1307",
          "pause --direct is told of no database",
          "name it as the worker does: --database NAME=URL, KEDGE_DATABASE_<NAME>, or --config FILE");
    }
    try (Databases pools = WorkerSettings.open(known, System.getenv())) {
      String where = pause(pools);
      PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
      out.println(
          name
              + " is paused in database \""
              + where
              + "\": nothing of Kedge commits there any more; the migration itself hears of it at its"
              + " next step, and then `kedge resume "
              + name
              + "` goes on");
      out.flush();
      return ExitCode.OK.number();
    }
  }

  // The name is unique in a database; the first that has it is the one.
  private String pause(Databases pools) {
    ApplicationFailure last = null;
    for (String each : pools.names()) {
      try {
        new DirectFence(pools.get(each)).pause(name, reason);
        return each;
      } catch (ApplicationFailure e) {
        last = e;
      }
    }
    throw problem(Objects.requireNonNull(last));
  }

  private static Problem problem(ApplicationFailure failure) {
    ExitCode exit =
        switch (String.valueOf(failure.getType())) {
          case Failures.UNAVAILABLE -> ExitCode.UNREACHABLE;
          case Failures.REFUSED -> ExitCode.USAGE;
          default -> ExitCode.FAILED;
        };
    return Problem.ofText(
        exit == ExitCode.UNREACHABLE ? "KD5004" : "KD3004", exit, failure.getOriginalMessage());
  }
}
