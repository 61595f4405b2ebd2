package dev.kedge.schema;

/** The statements that read what is published to subscribers. */
final class PublicationSql {
  static final String HAS_SCHEMAS =
      "SELECT to_regclass('pg_catalog.pg_publication_namespace') IS NOT NULL AS there";

  static final String PUBLICATIONS =
      """
      SELECT p.oid, p.pubname, p.puballtables
      FROM pg_publication p
      ORDER BY p.pubname""";

  // Whoever carries a partition carries rows of the table it is part of.
  static final String TABLES =
      """
      SELECT n.nspname, c.relname
      FROM pg_publication_rel r
      JOIN pg_class c ON c.oid IN (r.prrelid, pg_partition_root(r.prrelid))
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE r.prpubid = ?::oid""";

  static final String SCHEMAS =
      """
      SELECT n.nspname
      FROM pg_publication_namespace s
      JOIN pg_namespace n ON n.oid = s.pnnspid
      WHERE s.pnpubid = ?::oid""";

  static final String ROOTS_IN_SCHEMAS =
      """
      SELECT DISTINCT n.nspname, c.relname
      FROM pg_publication_namespace s
      JOIN pg_class p ON p.relnamespace = s.pnnspid AND p.relispartition
      JOIN pg_class c ON c.oid = pg_partition_root(p.oid)
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE s.pnpubid = ?::oid""";

  // Which publications a subscriber takes is not to be seen; who is connected is.
  static final String SUBSCRIBERS =
      """
      SELECT slot_name::text
      FROM pg_replication_slots
      WHERE slot_type = 'logical' AND active AND database = current_database()
      ORDER BY slot_name""";

  private PublicationSql() {}
}
