package dev.kedge.worker;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import dev.kedge.console.TemporalConnection;
import dev.kedge.console.TemporalOptions;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.SqlStates;
import dev.kedge.registry.ControlSchema;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prepares what the other commands can do without, but would rather have. */
@Command(
    name = "setup",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Prepares a Temporal namespace (search attributes) and databases (schema kedge).",
      "May be run again at any time."
    },
    footerHeading = "%n",
    footer = {"Example:", "  kedge setup --database app=postgresql://kedge@db:5432/app"})
public final class SetupCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Mixin private DatabaseOptions databases = new DatabaseOptions();

  @Mixin private TemporalOptions temporal = new TemporalOptions();

  @Option(names = "--no-temporal", description = "leave Temporal alone")
  private boolean noTemporal;

  @Override
  public Integer call() {
    Collection<DatabaseConfig> known = databases.read(System.getenv());
    if (!noTemporal) {
      prepareNamespace();
    }
    try (Databases pools = WorkerSettings.open(known, System.getenv())) {
      pools.names().forEach(name -> prepareDatabase(pools, name));
    }
    return ExitCode.OK.number();
  }

  private void prepareNamespace() {
    try (TemporalConnection connection =
        TemporalConnection.forWorker(temporal, Assembly.identity("setup"))) {
      boolean made = new SearchAttributes(connection).ensure();
      say(
          "namespace %s: search attributes %s"
              .formatted(connection.namespace(), made ? "made" : "were there"));
    }
  }

  private void prepareDatabase(Databases pools, String name) {
    try {
      ControlSchema.ensure(pools.get(name));
      say("database " + name + ": schema kedge is there and up to date");
    } catch (SQLException e) {
      throw problem(name, e);
    }
  }

  private static Problem problem(String name, SQLException error) {
    String message = "database \"" + name + "\": " + SqlStates.describe(error);
    return SqlStates.kindOf(error) == SqlStates.Kind.UNAVAILABLE
        ? Problem.unreachable(
            "KD5004", message, "check host, port, user and password of --database")
        : Problem.failed(
            "KD3200", message, "the first time, the role needs CREATE on the database");
  }

  private void say(String line) {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    out.println(line);
    out.flush();
  }
}
