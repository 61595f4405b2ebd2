package dev.kedge.schema;

import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * All of a database's catalog that a person could tell apart, by name; not by the code under test.
 */
final class CatalogDigest {
  private static final String DIGEST =
      """
      SELECT t FROM (
        SELECT 'rel ' || c.oid::regclass::text || ' ' || relkind::text || ' ' || coalesce(relacl::text, '') || ' '
          || coalesce(reloptions::text, '') || ' ' || relrowsecurity::text || relreplident::text
          || coalesce(obj_description(c.oid, 'pg_class'), '') AS t
        FROM pg_class c WHERE relkind <> 't'
          AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname IN ('kedge', 'information_schema'))
        UNION ALL
        SELECT 'att ' || attrelid::regclass::text || ' ' || attname || ' ' || format_type(atttypid, atttypmod)
          || attnotnull::text || attidentity::text || attgenerated::text || coalesce(attacl::text, '') || coalesce(attstattarget::text, '')
          || coalesce(col_description(attrelid, attnum), '')
          || coalesce((SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum), '')
        FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        WHERE attnum > 0 AND NOT attisdropped AND relkind <> 't'
          AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname IN ('kedge', 'information_schema'))
        UNION ALL
        SELECT 'con ' || conname || ' ' || connamespace::regnamespace::text || ' ' || coalesce(conrelid::regclass::text, '') || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname IN ('kedge', 'information_schema'))
        UNION ALL
        SELECT 'idx ' || pg_get_indexdef(indexrelid) || indisvalid::text || indisclustered::text || indisreplident::text FROM pg_index JOIN pg_class c ON c.oid = indrelid
        WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname IN ('kedge', 'information_schema'))
        UNION ALL
        SELECT 'trg ' || pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL
        SELECT 'typ ' || oid::regtype::text || typtype::text FROM pg_type WHERE typtype IN ('d', 'e', 'r', 'c') AND typcategory <> 'A'
          AND typnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname IN ('kedge', 'information_schema'))
        UNION ALL SELECT 'enum ' || enumtypid::regtype::text || enumlabel FROM pg_enum
        UNION ALL SELECT 'fun ' || oid::regprocedure::text || prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT 'pol ' || polname || polrelid::regclass::text FROM pg_policy
        UNION ALL SELECT 'rul ' || pg_get_ruledef(r.oid) FROM pg_rewrite r JOIN pg_class c ON c.oid = ev_class
          WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname IN ('kedge', 'information_schema'))
        UNION ALL SELECT 'sta ' || pg_get_statisticsobjdef(oid) FROM pg_statistic_ext
        UNION ALL SELECT 'nsp ' || nspname || coalesce(nspacl::text, '') FROM pg_namespace WHERE nspname <> 'kedge' AND nspname !~ '^pg_'
        UNION ALL SELECT 'ext ' || extname FROM pg_extension
      ) x ORDER BY t""";

  private CatalogDigest() {}

  static List<String> of(PostgresExtension postgres) throws SQLException {
    try (Connection connection = postgres.connect()) {
      return new Sql(connection).list(DIGEST, row -> row.getString(1));
    }
  }
}
