package dev.kedge.registry;

import dev.kedge.postgres.Database;
import dev.kedge.postgres.Transaction;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;

/** Makes the control schema in a database, and brings it up to date; idempotent. */
public final class ControlSchema {
  // Two workers that start at once must not both create the schema.
  private static final String LOCK =
      "SELECT pg_advisory_xact_lock(hashtext('kedge.control_schema'))";

  private ControlSchema() {}

  /** Creates what is missing; needs CREATE on the database the first time. */
  public static void ensure(Database database) throws SQLException {
    database.inTransaction(
        Transaction.readCommitted("kedge", "setup").lockTimeout(Duration.ofSeconds(5)),
        sql -> {
          sql.first(LOCK, row -> "");
          sql.execute(definition());
          return "";
        });
  }

  private static String definition() {
    try (InputStream in = ControlSchema.class.getResourceAsStream("control-schema.sql")) {
      if (in == null) {
        throw new IllegalStateException("control-schema.sql is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
