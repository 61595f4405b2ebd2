package dev.kedge.plan;

import dev.kedge.spec.TableName;
import java.util.Arrays;
import java.util.Collection;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Quotes names for SQL; the one way a name gets into a statement. */
public final class Quoting {
  private static final Pattern PLAIN = Pattern.compile("[a-z_][a-z0-9_]*");

  // Reserved in PostgreSQL 14 to 18, those that may name functions or types included.
  private static final Set<String> RESERVED =
      Arrays.stream(
              """
              all analyse analyze and any array as asc asymmetric authorization between bigint binary
              bit boolean both case cast char character check coalesce collate collation column
              concurrently constraint create cross current_catalog current_date current_role
              current_schema current_time current_timestamp current_user dec decimal default deferrable
              desc distinct do else end except exists extract false fetch float for foreign freeze from
              full grant greatest group grouping having ilike in initially inner inout int integer
              intersect interval into is isnull join json json_array json_arrayagg json_object
              json_objectagg lateral leading least left like limit localtime localtimestamp merge_action
              national natural nchar none normalize not notnull null nullif numeric offset on only or
              order out outer overlaps overlay placing position precision primary real references
              returning right row select session_user setof similar smallint some substring symmetric
              system_user table tablesample then time timestamp to trailing treat trim true union unique
              user using values varchar variadic verbose when where window with xmlattributes xmlconcat
              xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
              """
                  .split("\\s+"))
          .collect(Collectors.toUnmodifiableSet());

  private Quoting() {}

  /** The name in double quotes, inner ones doubled. Throws on NUL, which no name can hold. */
  public static String name(String name) {
    if (name.isEmpty() || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("not a name: \"" + name.replace("\0", "\\0") + "\"");
    }
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** Schema and table, both quoted. */
  public static String table(TableName table) {
    return name(table.schema()) + "." + name(table.name());
  }

  /** The names quoted, a comma between. */
  public static String list(Collection<String> names) {
    return names.stream().map(Quoting::name).collect(Collectors.joining(", "));
  }

  /** The text in single quotes as a literal; only for what cannot be bound, as in SET. */
  public static String literal(String text) {
    if (text.indexOf('\0') >= 0 || text.indexOf('\\') >= 0) {
      throw new IllegalArgumentException("not a plain literal");
    }
    return '\'' + text.replace("'", "''") + '\'';
  }

  /** The name as people write it: quoted only where it must be. Safe in SQL all the same. */
  public static String readable(String name) {
    boolean plain = PLAIN.matcher(name).matches() && !RESERVED.contains(name);
    return plain ? name : name(name);
  }

  /** The table as people write it: quoted only where it must be. Safe in SQL all the same. */
  public static String readable(TableName table) {
    return readable(table.schema()) + "." + readable(table.name());
  }
}
