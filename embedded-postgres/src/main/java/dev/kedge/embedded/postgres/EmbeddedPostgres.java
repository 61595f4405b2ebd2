package dev.kedge.embedded.postgres;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL server that belongs to this process: for a laptop, the demo and the tests.
 *
 * <p>It listens on 127.0.0.1 only and asks for no password there. So <strong>every user of the same
 * machine can enter it as superuser</strong>; it is no place for data that they must not see.
 *
 * <p>It ends when this process does, even by {@code kill -9}, within seconds. It registers no
 * shutdown hook: whoever has one closes it there, after everything that still needs the database.
 */
public final class EmbeddedPostgres implements AutoCloseable {

  /** Name of the superuser, who also owns the database {@code postgres}. */
  public static final String SUPERUSER = "kedge";

  private static final Logger log = LoggerFactory.getLogger(EmbeddedPostgres.class);

  private final Home home;
  private final Launcher launcher;
  private final int port;
  private volatile ServerProcess server;
  private boolean closed;

  private EmbeddedPostgres(Home home, Launcher launcher, Launcher.Running running) {
    this.home = home;
    this.launcher = launcher;
    this.port = running.port();
    this.server = running.server();
  }

  /**
   * Gives a server that takes connections. A server that an earlier process left on the same home
   * is ended first.
   *
   * @throws EmbeddedPostgresException when there are no binaries for this platform, the home is in
   *     use, the port is taken, or the server does not start; with the end of its log
   */
  public static EmbeddedPostgres start(PostgresOptions options) {
    long begin = System.nanoTime();
    Account account = Account.find();
    Binaries binaries = Binaries.find(account, options.programs());
    Home home = Home.open(options.home(), account);
    try {
      Launcher launcher = new Launcher(options, home, account, binaries);
      EmbeddedPostgres postgres = new EmbeddedPostgres(home, launcher, launcher.start());
      long millis = (System.nanoTime() - begin) / 1_000_000;
      log.debug("PostgreSQL {} on port {} after {} ms", postgres.pid(), postgres.port, millis);
      return postgres;
    } catch (IOException e) {
      home.close();
      throw new EmbeddedPostgresException("cannot start PostgreSQL: " + e, e);
    } catch (RuntimeException e) {
      home.close();
      throw e;
    }
  }

  /** Runs a query and gives its one value. */
  @FunctionalInterface
  public interface Query {
    String value(String sql);
  }

  public int port() {
    return port;
  }

  /** For the PostgreSQL JDBC driver, user included. */
  public String jdbcUrl(String database) {
    return "jdbc:postgresql://127.0.0.1:%d/%s?user=%s".formatted(port, encode(database), SUPERUSER);
  }

  /** For libpq and everything that reads its form, such as {@code psql}. */
  public String url(String database) {
    return "postgresql://%s@127.0.0.1:%d/%s".formatted(SUPERUSER, port, encode(database));
  }

  private static String encode(String database) {
    return URLEncoder.encode(database, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** What PostgreSQL calls {@code PGDATA}. */
  public Path dataDirectory() {
    return home.data();
  }

  /** Process id of the postmaster; another one after {@link #restartImmediately()}. */
  public long pid() {
    return server.pid();
  }

  /**
   * Starts a hot standby that follows this server by streaming, with the same settings, until it is
   * promoted; the caller closes it.
   *
   * @param home a directory for it, without data
   * @param query one session of this server, as superuser
   */
  public EmbeddedPostgres standby(Path home, Query query) {
    try {
      new StandbyData(home.resolve("data")).copyFrom(dataDirectory(), query);
    } catch (IOException e) {
      throw new EmbeddedPostgresException("cannot copy a data directory: " + e, e);
    }
    PostgresOptions own = launcher.options();
    return start(
        new PostgresOptions(Optional.of(home), 0, own.durable(), own.settings(), own.programs())
            .setting(
                "primary_conninfo", "host=127.0.0.1 port=%d user=%s".formatted(port, SUPERUSER)));
  }

  /**
   * Crashes the server and starts it again on the same port: sessions break, what was committed is
   * there after recovery. Does the same for a server that ended by itself.
   */
  public synchronized void restartImmediately() {
    if (closed) {
      throw new EmbeddedPostgresException("the PostgreSQL on port " + port + " is closed");
    }
    server.stopImmediately();
    try {
      server = launcher.startOn(port).server();
    } catch (IOException e) {
      throw new EmbeddedPostgresException("cannot start PostgreSQL again: " + e, e);
    }
  }

  /** Ends open sessions and the server, and removes temporary data; a second call does nothing. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      server.stopFast();
    } finally {
      home.close();
    }
  }
}
