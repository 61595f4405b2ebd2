package dev.kedge.bench.stress;

import dev.kedge.console.TemporalConnection;
import dev.kedge.embedded.EmbeddedTemporal;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.SplittableRandom;

/** Where a run lives: server, Temporal, workers. Temporal is in this process and never dies. */
final class Harbor implements AutoCloseable {
  private static final int WORKERS = 3;

  private final Server server;
  private final EmbeddedTemporal temporal;
  private final TemporalConnection connection;
  private final Fleet fleet;
  private final Refusals refusals;
  private final ServerLog serverLog;
  private final SplittableRandom random;
  private final int troublePauseMillis;

  private Harbor(Server server, Settings settings, Run run) {
    this.server = server;
    this.temporal = EmbeddedTemporal.start(0);
    this.connection = TemporalConnection.local(temporal.target(), "stress");
    this.fleet = new Fleet(temporal.target(), server.url(), settings.directory());
    this.refusals = new Refusals(server, run.counters());
    this.serverLog = new ServerLog(server.log(), run.counters(), run.findings());
    this.random = new SplittableRandom(settings.seed());
    this.troublePauseMillis = settings.troublePauseMillis();
  }

  /** Starts it all; everything it writes is below the run's directory. */
  static Harbor open(Settings settings, Run run) throws SQLException {
    Server server = Server.start(settings.directory().resolve("postgres"));
    try (Connection connection = server.connect("setup")) {
      Jdbc.execute(
          connection,
          "CREATE TABLE stress_audit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text)");
    }
    Harbor harbor = new Harbor(server, settings, run);
    harbor.fleet.add(WORKERS);
    return harbor;
  }

  Server server() {
    return server;
  }

  Fleet fleet() {
    return fleet;
  }

  Refusals refusals() {
    return refusals;
  }

  ServerLog serverLog() {
    return serverLog;
  }

  SplittableRandom random() {
    return random;
  }

  LostHeartbeats lostHeartbeats() {
    return new LostHeartbeats(connection.client());
  }

  int troublePauseMillis() {
    return troublePauseMillis;
  }

  Cli cli() {
    return new Cli(temporal.target());
  }

  /** A migration of that name, started or not. */
  Migration migration(String name, Control control, Run run) {
    return new Migration(name, cli(), connection.client(), control, run);
  }

  @Override
  public void close() {
    fleet.close();
    connection.close();
    temporal.close();
    server.close();
  }
}
