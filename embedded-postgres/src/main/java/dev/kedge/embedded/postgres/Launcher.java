package dev.kedge.embedded.postgres;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Starts the server of one home, again and again if need be, and waits until it takes clients. */
final class Launcher {

  // Replaying the log after a crash can take long; hanging for ever would be worse.
  private static final Duration START_LIMIT = Duration.ofMinutes(2);
  private static final Duration SESSIONS_END_LIMIT = Duration.ofSeconds(20);
  private static final int ATTEMPTS = 5;

  private final PostgresOptions options;
  private final Home home;
  private final Account account;
  private final Binaries binaries;

  Launcher(PostgresOptions options, Home home, Account account, Binaries binaries) {
    this.options = options;
    this.home = home;
    this.account = account;
    this.binaries = binaries;
  }

  PostgresOptions options() {
    return options;
  }

  /** A server that takes clients, and the port it does so on. */
  record Running(ServerProcess server, int port) {}

  /** On the port asked for; a free one is chosen anew when somebody else was quicker. */
  Running start() throws IOException {
    Postmaster.endOrphan(home.data());
    dataDirectory().prepare(options.durable());
    if (options.port() != 0) {
      return startOn(options.port());
    }
    int port = home.lastPort().filter(Ports::isFree).orElseGet(Ports::anyFree);
    for (int attempt = 1; attempt < ATTEMPTS; attempt++) {
      try {
        return startOn(port);
      } catch (PortTakenException e) {
        port = Ports.anyFree();
      }
    }
    return startOn(port);
  }

  /** Waits for sessions of a killed postmaster, which hold its memory until they notice. */
  Running startOn(int port) throws IOException {
    long end = System.nanoTime() + SESSIONS_END_LIMIT.toNanos();
    while (true) {
      try {
        return tryOn(port);
      } catch (MemoryInUseException e) {
        if (System.nanoTime() - end > 0) {
          throw e;
        }
      }
    }
  }

  private Running tryOn(int port) throws IOException {
    if (!Ports.isFree(port)) {
      throw portTaken(port);
    }
    dataDirectory().configure(options, port);
    ServerLog log = ServerLog.begin(home.log());
    ServerProcess server = launch(log);
    try {
      awaitReady(server, port, log);
    } catch (RuntimeException e) {
      server.stopImmediately();
      throw e;
    }
    home.rememberPort(port);
    return new Running(server, port);
  }

  private ServerProcess launch(ServerLog log) {
    List<String> program = List.of(binaries.program("postgres"), "-D", home.data().toString());
    String remove = home.temporary() ? home.directory().toString() : "";
    try {
      return ServerProcess.launch(program, account, log.file(), remove);
    } catch (IOException e) {
      throw new EmbeddedPostgresException(
          "cannot start PostgreSQL: %s%n%s".formatted(e.getMessage(), log.tail()), e);
    }
  }

  private void awaitReady(ServerProcess server, int port, ServerLog log) {
    boolean settled =
        Polling.until(START_LIMIT, () -> !server.isAlive() || takesClients(server, port));
    if (settled && server.isAlive()) {
      return;
    }
    if (log.contains("Address already in use")) {
      throw portTaken(port);
    }
    String message =
        "PostgreSQL %s; its log ends with:%n%s"
            .formatted(
                settled ? "ended while it started" : "was not ready within " + START_LIMIT,
                log.tail());
    throw log.contains("pre-existing shared memory block")
        ? new MemoryInUseException(message)
        : new EmbeddedPostgresException(message);
  }

  /** The file is asked too, since on a taken port another server could answer for ours. */
  private boolean takesClients(ServerProcess server, int port) {
    return Postmaster.read(home.data())
            .filter(postmaster -> postmaster.pid() == server.pid() && postmaster.isReady())
            .isPresent()
        && Handshake.succeeds(port, EmbeddedPostgres.SUPERUSER);
  }

  private DataDirectory dataDirectory() {
    return new DataDirectory(home.data(), account, binaries);
  }

  private static PortTakenException portTaken(int port) {
    return new PortTakenException("port " + port + " of 127.0.0.1 is taken by another program");
  }
}
