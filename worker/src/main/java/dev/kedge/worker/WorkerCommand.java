package dev.kedge.worker;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import dev.kedge.console.TemporalConnection;
import dev.kedge.console.TemporalOptions;
import dev.kedge.postgres.Databases;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a worker until it is told to end. */
@Command(
    name = "worker",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Runs a worker: polls Temporal and works on the databases it is told of.",
      "Prints `ready` when it polls. SIGTERM ends it gracefully within 25 s."
    },
    footer = {
      "",
      "Example:",
      "  PGPASSWORD=… kedge worker --database app=postgresql://kedge@db:5432/app?sslmode=verify-full"
    })
public final class WorkerCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Mixin private DatabaseOptions databases = new DatabaseOptions();

  @Mixin private TemporalOptions temporal = new TemporalOptions();

  @Option(
      names = "--roles",
      split = ",",
      paramLabel = "ROLE",
      description = "workflow, ddl, backfill; all unless said otherwise")
  private Set<Role> roles = EnumSet.allOf(Role.class);

  @Option(
      names = "--ready-file",
      paramLabel = "FILE",
      description = "a file that exists while the worker polls, for health checks")
  private @Nullable Path readyFile;

  @Override
  public Integer call() throws IOException {
    Collection<DatabaseConfig> known = databases.read(System.getenv());
    requireDatabases(known);
    WorkerSettings settings = WorkerSettings.of(roles, known);
    Databases pools = WorkerSettings.open(known, System.getenv());
    TemporalConnection connection =
        TemporalConnection.forWorker(temporal, Assembly.identity("worker"));
    KedgeWorker worker = KedgeWorker.start(connection, pools, settings);
    ready();
    new Lifetime().ends(this::notReady).ends(worker::close).ends(connection::close).await();
    return ExitCode.OK.number();
  }

  private void ready() throws IOException {
    if (readyFile != null) {
      Files.writeString(readyFile, "ready\n");
    }
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    out.println("ready");
    out.flush();
  }

  private void notReady() {
    try {
      if (readyFile != null) {
        Files.deleteIfExists(readyFile);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void requireDatabases(Collection<DatabaseConfig> known) {
    boolean needed = roles.contains(Role.DDL) || roles.contains(Role.BACKFILL);
    if (needed && known.isEmpty()) {
      throw Problem.usage(
          "KD1307",
          "the worker is told of no database",
          "name one: --database NAME=URL, KEDGE_DATABASE_<NAME>, or --config FILE");
    }
  }
}
