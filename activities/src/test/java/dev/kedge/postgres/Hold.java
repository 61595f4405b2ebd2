package dev.kedge.postgres;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * Stops statements in their middle: {@code public.held(id, value)} waits, for one id, until the
 * hold is let go; and so does an update of the ledger when it is asked to.
 */
public final class Hold implements AutoCloseable {
  private static final int LOCK = 4711;

  private final Connection connection;

  private Hold(Connection connection) {
    this.connection = connection;
  }

  /** Makes the functions. Waiting in them is not bounded by our own lock_timeout. */
  public static void prepare(PostgresExtension postgres) throws SQLException {
    postgres.run(
        """
        CREATE TABLE public.holding (id int);
        CREATE FUNCTION public.hold() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM set_config('lock_timeout', '0', true);
          PERFORM pg_advisory_xact_lock_shared(4711);
          PERFORM set_config('lock_timeout', '100ms', true);
        END $$;
        CREATE FUNCTION public.held(id int, v anyelement) RETURNS anyelement LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT FROM public.holding h WHERE h.id = held.id) THEN
            PERFORM public.hold();
          END IF;
          RETURN v;
        END $$;
        CREATE FUNCTION public.hold_row() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF current_setting('application_name') = TG_ARGV[0] THEN
            PERFORM public.hold();
            PERFORM set_config('lock_timeout', '10s', true);
          END IF;
          RETURN NEW;
        END $$""");
  }

  /** Holds whoever projects the row with this id. */
  public static Hold on(PostgresExtension postgres, int id) throws SQLException {
    postgres.run("DELETE FROM public.holding; INSERT INTO public.holding VALUES (" + id + ")");
    return take(postgres);
  }

  /** Holds our transactions of this purpose where they update the ledger's table. */
  public static Hold onUpdateOf(PostgresExtension postgres, String table, String purpose)
      throws SQLException {
    postgres.run(
        "DROP TRIGGER IF EXISTS hold ON "
            + table
            + "; CREATE TRIGGER hold BEFORE UPDATE ON "
            + table
            + " FOR EACH ROW EXECUTE FUNCTION public.hold_row('kedge:m:"
            + purpose
            + "')");
    return take(postgres);
  }

  /** Lets go. */
  public void letGo() throws SQLException {
    connection.close();
  }

  @Override
  public void close() throws SQLException {
    letGo();
  }

  private static Hold take(PostgresExtension postgres) throws SQLException {
    Connection connection = postgres.connect();
    new Sql(connection).first("SELECT pg_advisory_lock(" + LOCK + ")", row -> "");
    return new Hold(connection);
  }
}
