package dev.kedge.postgres;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Kinds of keys that a move walks along: tables {@code a} and {@code b} with such a key and a
 * column {@code v} that counts from 1, so that each row can be told.
 */
public enum KeyKind {
  INTEGERS_WITH_A_HOLE(
      columns("id bigint"),
      """
      CASE WHEN i %% 2 = 0 THEN -9223372036854775807 - 1 + i ELSE 4611686018427387904 + i * 7 END"""),
  THE_LARGEST_INTEGER(columns("id bigint"), "9223372036854775808::numeric - i"),
  COMPOSITE(
      columns("tenant uuid", "at timestamptz", "name text COLLATE \"C\""),
      "md5((i % 3)::text)::uuid, '2024-01-01Z'::timestamptz + (i % 11) * interval '1 h', 'n' || i"),
  TEXT(
      columns("id text"),
      "CASE i % 3 WHEN 0 THEN 'ä' WHEN 1 THEN 'B' ELSE E'a''\\\\ ,{}\"' END || i"),
  TEXT_BY_BYTES(
      columns("id text COLLATE \"C\""),
      "CASE i % 4 WHEN 0 THEN 'ä' WHEN 1 THEN 'B' WHEN 2 THEN 'a' ELSE ' ' END || i"),
  TEXT_BY_ICU(
      columns("id varchar(40) COLLATE \"de-x-icu\""),
      "CASE i % 4 WHEN 0 THEN 'ä' WHEN 1 THEN 'B' WHEN 2 THEN '-a' ELSE 'ß' END || i"),
  TEXT_THAT_IGNORES_CASE(
      "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
      columns("id text COLLATE nocase"),
      "CASE i % 3 WHEN 0 THEN 'Ann' WHEN 1 THEN 'aNN-' ELSE 'bob' END || i"),
  UUID(columns("id uuid"), "md5(i::text)::uuid"),
  NUMERIC(
      columns("id numeric"),
      """
      CASE i WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN '-Infinity'
        ELSE round((i - 40) / 7.0, i % 5 + 3) END"""),
  TIMESTAMP(
      columns("id timestamptz"),
      """
      CASE i WHEN 1 THEN 'infinity' WHEN 2 THEN '-infinity' WHEN 3 THEN '4713-11-24 00:00:00Z BC'
        WHEN 4 THEN '294276-12-31 23:59:59.999999Z'
        ELSE '0044-03-15 12:00Z BC'::timestamptz + (i * i) * interval '1 h 1.000001 s' END"""),
  ENUM(
      "CREATE TYPE public.\"Mood\" AS ENUM ('sad', 'Ok', 'hap''py', 'a b', '')",
      columns("mood public.\"Mood\"", "id int"),
      "(enum_range(NULL::public.\"Mood\"))[1 + i % 5], i / 5"),
  INET(
      columns("id inet"),
      """
      CASE WHEN i % 3 = 0 THEN ('fe80::'::inet + i) ELSE set_masklen('10.0.0.0'::inet + i, 8 + i % 24) END"""),
  BYTEA(
      columns("id bytea"), "decode(lpad(to_hex(i % 256), 2, '0') || '00' || md5(i::text), 'hex')"),
  PADDED(
      columns("id char(12)"), "CASE i % 3 WHEN 0 THEN E'\\t' WHEN 1 THEN 'x' ELSE 'ä ' END || i"),
  ODD_NAMES(
      columns("\"a \"\"key\"\" ?\" int", "\"select\" text", "\"Ünï$1\" smallint"),
      "i % 4, 't' || i % 9, i"),
  FLOAT(
      columns("id double precision"),
      """
      CASE i WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN '-Infinity' WHEN 4 THEN -0.0
        WHEN 5 THEN 5e-324 WHEN 6 THEN 1.7976931348623157e308 ELSE (i - 40.5) / 3::float8 END"""),
  DOMAIN(
      """
      CREATE DOMAIN public."Code" AS varchar(20) COLLATE "C" CHECK (value <> '');
      CREATE DOMAIN public.code AS public."Code" NOT NULL""",
      columns("id public.code", "n public.code"),
      "CASE i % 2 WHEN 0 THEN 'a' ELSE 'B' END || i, 'n' || i % 5"),
  LESS_COMMON(
      columns("i interval", "d date", "r int4range", "bits bit varying(20)"),
      """
      CASE i % 3 WHEN 0 THEN interval '1 month' WHEN 1 THEN '-3 days 04:05:06.7' ELSE '1 year' END,
        CASE i % 4 WHEN 0 THEN 'infinity'::date ELSE '0001-01-01 BC'::date + i END,
        int4range(i, CASE WHEN i % 5 > 0 THEN i + 3 END, '(]'), (i %% 1000)::bit(10)""");

  private final String before;
  private final List<String> columns;
  private final String values;

  KeyKind(List<String> columns, String values) {
    this("", columns, values);
  }

  KeyKind(String before, List<String> columns, String values) {
    this.before = before;
    this.columns = columns;
    this.values = values.replace("%%", "%");
  }

  /** Makes what the key's types need; once a database. */
  public void prepare(PostgresExtension postgres) throws SQLException {
    if (!before.isEmpty()) {
      postgres.run(before);
    }
  }

  /** Makes both tables, empty. */
  public void create(PostgresExtension postgres) throws SQLException {
    for (String table : List.of("a", "b")) {
      postgres.run(
          "CREATE TABLE %s (v int NOT NULL, %s, PRIMARY KEY (%s))"
              .formatted(table, String.join(", ", columns), String.join(", ", names())));
    }
  }

  /** Inserts the rows whose number {@code i} is such, with {@code v = i}, in no order. */
  public String insert(String table, String numbers) {
    return """
        INSERT INTO %s (v, %s)
        SELECT i, %s
        FROM (SELECT i FROM generate_series(1, 4000) i WHERE %s ORDER BY md5(i::text)) n"""
        .formatted(table, String.join(", ", names()), values, numbers);
  }

  /** The key's columns, quoted. */
  public List<String> names() {
    return columns.stream().map(KeyKind::name).toList();
  }

  /** How many rows of {@code a} and {@code b} are not the same, spelling included. */
  public static String differences() {
    return """
        SELECT count(*) FROM (
          (SELECT a::text COLLATE "C" FROM a EXCEPT ALL SELECT b::text COLLATE "C" FROM b)
          UNION ALL
          (SELECT b::text COLLATE "C" FROM b EXCEPT ALL SELECT a::text COLLATE "C" FROM a)) x""";
  }

  private static List<String> columns(String... columns) {
    return new ArrayList<>(Arrays.asList(columns));
  }

  private static String name(String column) {
    int end =
        column.startsWith("\"")
            ? column.replace("\"\"", "__").indexOf('"', 1) + 1
            : column.indexOf(' ');
    return column.substring(0, end);
  }
}
