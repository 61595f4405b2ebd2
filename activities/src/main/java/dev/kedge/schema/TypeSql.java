package dev.kedge.schema;

/**
 * How values of a type are compared; {@code docs/reconciliation.md} has the table and the reasons.
 */
final class TypeSql {
  /**
   * CTEs behind one called {@code base (attnum, typid, typmod)}, in which each number has its type
   * and what that type is a domain over; {@code compared} then has one row a number, with the type
   * below all domains and its comparison, null for none.
   *
   * <p>A whole is compared by value when all of its parts are, by its text when some part is, and
   * not at all when some part cannot be. Equality forgets something when two values that print
   * differently are equal, as it does for interval; and where a type has none, as json, or one that
   * is fuzzy, as point, its text has all there is. Of types that are not the server's own nothing
   * is known but what stands here: neither that their equality is exact nor that their text is, and
   * our sessions do not see their operators.
   */
  static final String FORMS =
      """
      , leaf AS (
        SELECT b.attnum, b.typid, b.typmod, t.typtype
        FROM base b
        JOIN pg_type t ON t.oid = b.typid AND t.typtype <> 'd'
      ), part AS (
        SELECT attnum, typid
        FROM leaf
        UNION
        SELECT p.attnum, n.typid
        FROM part p
        JOIN pg_type t ON t.oid = p.typid
        CROSS JOIN LATERAL (
          SELECT t.typelem AS typid WHERE t.typcategory = 'A' AND t.typelem <> 0
          UNION ALL
          SELECT t.typbasetype WHERE t.typtype = 'd'
          UNION ALL
          SELECT r.rngsubtype FROM pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)
          UNION ALL
          SELECT c.atttypid
          FROM pg_attribute c
          WHERE t.typtype = 'c' AND c.attrelid = t.typrelid AND c.attnum > 0 AND NOT c.attisdropped
        ) n
      ), form AS (
        SELECT p.attnum, p.typid,
          CASE
            WHEN t.typtype IN ('c', 'd', 'e', 'm', 'r') OR t.typcategory = 'A' AND t.typelem <> 0
              THEN 'PLAIN'
            WHEN t.oid IN (25, 1042, 1043, 19) OR t.typname = 'citext' THEN 'BYTES'
            WHEN t.oid IN (1186, 114, 142, 600, 601, 602, 603, 604, 628, 718)
              OR t.typname IN ('hstore', 'ltree') THEN 'TEXT'
            WHEN t.typnamespace = 'pg_catalog'::regnamespace AND EXISTS (
              SELECT FROM pg_opclass o
              JOIN pg_am m ON m.oid = o.opcmethod
              WHERE o.opcdefault AND m.amname IN ('btree', 'hash')
                AND (o.opcintype = t.oid OR EXISTS (
                  SELECT FROM pg_cast k
                  WHERE k.castsource = t.oid AND k.casttarget = o.opcintype
                    AND k.castmethod = 'b' AND k.castcontext = 'i'))) THEN 'PLAIN'
          END AS form
        FROM part p
        JOIN pg_type t ON t.oid = p.typid
      ), compared AS (
        SELECT l.attnum, l.typid, l.typmod,
          CASE
            WHEN bool_or(f.form IS NULL) THEN NULL
            WHEN bool_and(f.form = 'PLAIN') THEN 'PLAIN'
            WHEN bool_or(f.form = 'BYTES' AND f.typid = l.typid) THEN 'BYTES'
            ELSE 'TEXT'
          END AS comparison
        FROM leaf l
        JOIN form f ON f.attnum = l.attnum
        GROUP BY l.attnum, l.typid, l.typmod
      )""";

  /** How values of one type compare; null for not at all. Binds its oid. */
  static final String COMPARISON =
      """
      WITH RECURSIVE base AS (
        SELECT 1 AS attnum, ?::oid AS typid, -1 AS typmod
        UNION ALL
        SELECT b.attnum, t.typbasetype, t.typtypmod
        FROM base b
        JOIN pg_type t ON t.oid = b.typid AND t.typtype = 'd'
      )"""
          + FORMS
          + """

      SELECT comparison
      FROM compared""";

  private TypeSql() {}
}
