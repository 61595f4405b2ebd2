package dev.kedge.embedded;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import dev.kedge.console.TemporalConnection;
import dev.kedge.embedded.postgres.EmbeddedPostgres;
import dev.kedge.embedded.postgres.EmbeddedPostgresException;
import dev.kedge.embedded.postgres.PostgresOptions;
import dev.kedge.worker.DatabaseConfig;
import dev.kedge.worker.DatabaseOptions;
import dev.kedge.worker.KedgeWorker;
import dev.kedge.worker.Lifetime;
import dev.kedge.worker.WorkerSettings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Everything in one process, until it is told to end. */
@Command(
    name = "dev",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Runs Temporal in memory and a worker with all roles in one process.",
      "Without --database there is also an embedded PostgreSQL named `app`. What an earlier dev left",
      "unfinished in the same databases is taken up again; approvals are then asked for again."
    },
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  kedge dev --data ./kedge-data",
      "  kedge dev --database app=postgresql://kedge@localhost/app"
    })
public final class DevCommand implements Callable<Integer> {
  private static final String APP = "app";

  @Spec private @Nullable CommandSpec spec;

  @Mixin private DatabaseOptions databases = new DatabaseOptions();

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "port of Temporal on 127.0.0.1 (${DEFAULT-VALUE})")
  private int port = 7233;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "keeps the embedded PostgreSQL's data there; a temporary one unless given")
  private @Nullable Path data;

  @Override
  public Integer call() {
    if (port < 0 || port > 65_535) {
      throw Problem.usage("KD1203", "--port must be 0 to 65535, got " + port, null);
    }
    Lifetime lifetime = new Lifetime();
    List<DatabaseConfig> known = new ArrayList<>(databases.read(System.getenv()));
    EmbeddedPostgres postgres = known.isEmpty() ? startPostgres(known) : null;
    try {
      run(lifetime, known, postgres);
    } catch (RuntimeException e) {
      if (postgres != null) {
        postgres.close();
      }
      throw e;
    }
    return ExitCode.OK.number();
  }

  private void run(
      Lifetime lifetime, List<DatabaseConfig> known, @Nullable EmbeddedPostgres postgres) {
    EmbeddedTemporal temporal = startTemporal();
    TemporalConnection connection = TemporalConnection.local(temporal.target(), "kedge-dev");
    KedgeWorker worker =
        KedgeWorker.start(
            connection,
            WorkerSettings.open(known, System.getenv()),
            WorkerSettings.everything(known));
    new Leftovers(connection, known).takeUp(this::say);
    announce(temporal, postgres);
    lifetime.ends(worker::close).ends(connection::close).ends(temporal::close);
    if (postgres != null) {
      lifetime.ends(postgres::close);
    }
    lifetime.await();
  }

  private EmbeddedPostgres startPostgres(List<DatabaseConfig> known) {
    try {
      // The superuser is called as the control schema is: what people make is not to land in there.
      PostgresOptions options =
          (data == null ? PostgresOptions.temporary() : PostgresOptions.at(data))
              .setting("search_path", "public");
      EmbeddedPostgres postgres = EmbeddedPostgres.start(options);
      known.add(DatabaseConfig.of(APP, postgres.jdbcUrl("postgres")));
      return postgres;
    } catch (EmbeddedPostgresException e) {
      throw Problem.failed("KD9101", String.valueOf(e.getMessage()), null);
    }
  }

  private EmbeddedTemporal startTemporal() {
    try {
      return EmbeddedTemporal.start(port);
    } catch (EmbeddedTemporalException e) {
      throw Problem.failed(
          "KD9102", String.valueOf(e.getMessage()), "choose another one: kedge dev --port N");
    }
  }

  private void announce(EmbeddedTemporal temporal, @Nullable EmbeddedPostgres postgres) {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    out.println("ready");
    out.println("export TEMPORAL_ADDRESS=" + temporal.target());
    if (postgres != null) {
      out.println("export KEDGE_DATABASE_APP=" + postgres.url("postgres"));
    }
    out.flush();
  }

  private void say(String message) {
    PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
    err.println(message);
    err.flush();
  }
}
