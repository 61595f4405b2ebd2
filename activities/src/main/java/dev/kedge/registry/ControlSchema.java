package dev.kedge.registry;

import dev.kedge.plan.CanonicalJson;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
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

  // The comment tells which definition was applied last, so that a worker without the right to
  // create anything finds nothing to do where an administrator has made it all.
  private static final String APPLIED =
      "SELECT coalesce(obj_description(to_regnamespace('kedge'), 'pg_namespace'), '') AS comment";

  private static final String EXISTS = "SELECT to_regnamespace('kedge') IS NOT NULL AS there";

  private ControlSchema() {}

  /** Creates what is missing; needs CREATE on the database the first time. */
  public static void ensure(Database database) throws SQLException {
    String definition = definition();
    String comment = "Kedge's control schema, " + CanonicalJson.hashOfText(definition);
    database.inTransaction(
        Transaction.readCommitted("kedge", "setup").lockTimeout(Duration.ofSeconds(5)),
        sql -> {
          sql.first(LOCK, row -> "");
          if (!sql.one(APPLIED, row -> row.getString("comment")).equals(comment)) {
            create(sql, definition, comment);
          }
          return "";
        });
  }

  /** Whether the database has a control schema. */
  public static boolean isThere(Sql sql) throws SQLException {
    return sql.one(EXISTS, row -> row.getBoolean("there"));
  }

  private static void create(Sql sql, String definition, String comment) throws SQLException {
    if (!isThere(sql)) {
      sql.execute("CREATE SCHEMA kedge");
    }
    sql.execute(definition);
    sql.execute("COMMENT ON SCHEMA kedge IS '" + comment.replace("'", "''") + "'");
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
