package dev.kedge.reconcile;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pairs of values, and whether they are the same, by type: decided by hand from what {@code
 * docs/reconciliation.md} promises. None of our code had a say in it.
 */
final class ValuePairs {
  /** What a kind needs besides the server. */
  enum Needs {
    NOTHING,
    CITEXT,
    HSTORE,
    XML
  }

  /**
   * Two values of one kind as the server reads them.
   *
   * @param left what the source has, null for null
   * @param right what the target has
   */
  record Pair(@Nullable String left, @Nullable String right, boolean same) {}

  /** Pairs of one type, or of one type that becomes another. */
  static final class Kind {
    final String from;
    final String to;
    final Needs needs;
    final List<Pair> pairs = new ArrayList<>();

    private Kind(String from, String to, Needs needs) {
      this.from = from;
      this.to = to;
      this.needs = needs;
    }

    private Kind same(@Nullable String left, @Nullable String right) {
      pairs.add(new Pair(left, right, true));
      return this;
    }

    private Kind different(@Nullable String left, @Nullable String right) {
      pairs.add(new Pair(left, right, false));
      return this;
    }

    @Override
    public String toString() {
      return from.equals(to) ? from : from + " to " + to;
    }
  }

  /** Types that the kinds are made of. */
  static final String TYPES =
      """
      CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      CREATE COLLATION nfd (provider = icu, locale = 'und', deterministic = false);
      CREATE TYPE mood AS ENUM ('ok', 'Ok', 'sad');
      CREATE TYPE place AS (n numeric, t text);
      CREATE TYPE pair AS (n numeric, i int);
      CREATE TYPE nested AS (p place, a int[]);
      CREATE DOMAIN amount AS numeric CHECK (value <> 13);
      CREATE DOMAIN code AS varchar(5);
      CREATE DOMAIN codes AS varchar(5)[];
      CREATE DOMAIN wait AS interval;
      CREATE DOMAIN spot AS place;
      CREATE TYPE textrange AS RANGE (subtype = text, collation = "C")""";

  private ValuePairs() {}

  static List<Kind> all() {
    List<Kind> all = new ArrayList<>();
    numbers(all);
    texts(all);
    times(all);
    documents(all);
    wholes(all);
    others(all);
    return all;
  }

  private static Kind of(List<Kind> all, String from, String to, Needs needs) {
    Kind kind = new Kind(from, to, needs);
    all.add(kind);
    return kind.same(null, null);
  }

  private static Kind of(List<Kind> all, String type) {
    return of(all, type, type, Needs.NOTHING);
  }

  private static void numbers(List<Kind> all) {
    of(all, "numeric")
        .same("1.0", "1.00")
        .same("0", "-0")
        .same("NaN", "NaN")
        .same("Infinity", "Infinity")
        .same("1e2", "100")
        .different("NaN", "0")
        .different("NaN", null)
        .different("Infinity", "-Infinity")
        .different("1.0", "1.01")
        .different("12345678901234567890.1", "12345678901234567890.2")
        .different(null, "0");
    of(all, "numeric(10,2)").same("1.0", "1").different("1.01", "1.02");
    of(all, "bigint")
        .same("7", "7")
        .different("9007199254740993", "9007199254740992")
        .different("9223372036854775807", "-9223372036854775808");
    of(all, "integer", "bigint", Needs.NOTHING).same("-1", "-1").different("1", "-1");
    of(all, "double precision")
        .same("0", "-0")
        .same("NaN", "NaN")
        .same("0.1", "0.1")
        .different("0.1", "0.10000000000000002")
        .different("Infinity", "-Infinity")
        .different("NaN", "Infinity")
        .different("5e-324", "0")
        .different("NaN", null);
    of(all, "real").same("16777216", "16777217").different("0.1", "0.10000001");
    of(all, "money").same("1", "1.00").different("1.00", "1.01").different("1.00", "-1.00");
    of(all, "boolean").same("t", "true").different("t", "f").different("f", null);
  }

  private static void texts(List<Kind> all) {
    of(all, "text")
        .same("", "")
        .same("{a,b}", "{a,b}")
        .different("", null)
        .different("a", "a ")
        .different("a", "A")
        .different("NULL", null)
        .different("\\N", null)
        .different("\u00e9", "e\u0301")
        .different("a,b", "a;b")
        .different("a|b", "a||b")
        .different("\"", "\"\"")
        .different("(a,b)", "(a, b)")
        .different("a\tb", "a b")
        .different("a\u0001b", "ab")
        .different("\u200ba", "a");
    of(all, "text COLLATE nocase").same("Ann", "Ann").different("Ann", "ANN");
    of(all, "text COLLATE nfd").same("\u00e9", "\u00e9").different("\u00e9", "e\u0301");
    of(all, "varchar(9)", "text COLLATE \"C\"", Needs.NOTHING).same("x", "x").different("x", "x ");
    of(all, "char(5)")
        .same("ab", "ab   ")
        .same("", "   ")
        .different("ab", "AB")
        .different(" ab", "ab")
        .different("", null);
    of(all, "char(5)", "varchar(9)", Needs.NOTHING)
        .same("ab ", "ab")
        .different("ab", "ab ")
        .different("", null);
    of(all, "varchar(9)", "char(9)", Needs.NOTHING).same("ab", "ab").same("ab ", "ab");
    of(all, "\"char\"").same("x", "x").different("x", "y");
    of(all, "name").same("x", "x").different("x", "X");
    of(all, "code").same("a", "a").different("a", "A").different("a", "a ");
    of(all, "citext", "citext", Needs.CITEXT).same("Ann", "Ann").different("Ann", "ANN");
    of(all, "bytea")
        .same("\\xde", "\\xDE")
        .same("abc", "\\x616263")
        .different("\\x00", "\\x0000")
        .different("", null)
        .different("\\x80", "\\x7f");
    of(all, "uuid")
        .same("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "{a0eebc999c0b4ef8bb6d6bb9bd380a11}")
        .different("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12");
  }

  private static void times(List<Kind> all) {
    of(all, "timestamptz")
        .same("2020-01-01T00:00:00Z", "2020-01-01T09:00:00+09:00")
        .same("infinity", "infinity")
        .different("infinity", "-infinity")
        .different("infinity", null)
        .different("2020-01-01T00:00:00Z", "2020-01-01T00:00:00.000001Z")
        .different("2020-03-29T01:30:00Z", "2020-03-29T02:30:00Z");
    of(all, "timestamp")
        .same("2020-01-01 00:00", "2020-01-01")
        .same("-infinity", "-infinity")
        .different("2020-01-01 00:00", "2020-01-01 00:00:00.000001");
    of(all, "date")
        .same("infinity", "infinity")
        .different("0044-03-15 BC", "0044-03-15")
        .different("2020-02-29", "2020-03-01");
    of(all, "time").different("24:00", "00:00").same("12:00", "12:00:00.000000");
    of(all, "timetz").different("12:00+00", "13:00+01").same("12:00+00", "12:00Z");
    of(all, "interval")
        .same("1 year", "12 months")
        .same("60 min", "1 hour")
        .same("-1 day", "1 day ago")
        .different("1 month", "30 days")
        .different("1 day", "24 hours")
        .different("1 mon -1 day", "29 days")
        .different("0", null);
    of(all, "wait").same("1 day", "1 day").different("1 day", "24:00:00");
  }

  private static void documents(List<Kind> all) {
    of(all, "json")
        .same("{\"a\": 1}", "{\"a\": 1}")
        .different("{\"a\": 1}", "{\"a\":1}")
        .different("{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}")
        .different("{\"a\":1,\"a\":2}", "{\"a\":2}")
        .different("1.0", "1.00")
        .different("null", null);
    of(all, "jsonb")
        .same("{\"a\":1,\"b\":2}", "{\"b\": 2, \"a\": 1}")
        .same("{\"a\":1,\"a\":2}", "{\"a\":2}")
        .same("1.0", "1.00")
        .same("[1e2]", "[100]")
        .different("1", "\"1\"")
        .different("[1,2]", "[2,1]")
        .different("{\"a\":null}", "{}")
        .different("null", null)
        .different("[\"\u00e9\"]", "[\"e\u0301\"]");
    of(all, "json", "jsonb", Needs.NOTHING)
        .same("{\"b\":1,  \"a\":2}", "{\"a\":2,\"b\":1}")
        .different("{\"b\":1}", "{\"b\":2}");
    of(all, "xml", "xml", Needs.XML).same("<a/>", "<a/>").different("<a/>", "<a></a>");
    of(all, "hstore", "hstore", Needs.HSTORE)
        .same("a=>1, b=>2", "b=>2, a=>1")
        .different("a=>NULL", "a=>\"NULL\"")
        .different("", null);
    of(all, "tsvector").same("a b", "b a").different("a:1", "a:2").different("", null);
  }

  private static void wholes(List<Kind> all) {
    of(all, "int[]")
        .same("{1,2}", "[1:2]={1,2}")
        .same("{1,NULL}", "{1,NULL}")
        .different("{1,2}", "[0:1]={1,2}")
        .different("{1,NULL}", "{1}")
        .different("{1,2}", "{2,1}")
        .different("{{1,2}}", "{1,2}")
        .different("{}", null)
        .different("{NULL}", null);
    of(all, "numeric[]").same("{1.0,NaN}", "{1.00,NaN}").different("{1.0}", "{1.1}");
    of(all, "text[]")
        .same("{a}", "{\"a\"}")
        .different("{\"a,b\"}", "{a,b}")
        .different("{NULL}", "{\"NULL\"}")
        .different("{a}", "[2:2]={a}")
        .different("{}", "{\"\"}")
        .different("{a}", "{A}");
    of(all, "text[] COLLATE nocase").same("{Ann}", "{Ann}").different("{Ann}", "{ANN}");
    of(all, "codes").same("{abc}", "{abc}").different("{abc}", "{ab}");
    of(all, "interval[]").same("{1 year}", "{12 mons}").different("{1 mon}", "{30 days}");
    of(all, "json[]").same("{1}", "{1}").different("{\"[1, 2]\"}", "{\"[1,2]\"}");
    of(all, "mood[]").same("{ok,sad}", "{ok,sad}").different("{ok}", "{Ok}");
    of(all, "place[]").same("{\"(1,a)\"}", "{\"(1,a)\"}").different("{\"(1,a)\"}", "{\"(1,b)\"}");
    of(all, "place")
        .same("(1.0,a)", "(1.0,\"a\")")
        .different("(1.0,a)", "(1.00,a)")
        .different("(,)", null)
        .different("(1,\"\")", "(1,)")
        .different("(1,\"a,b\")", "(1,a)");
    of(all, "pair")
        .same("(1.0,2)", "(1.00,2)")
        .same("(1,)", "(1,)")
        .different("(1,)", "(1,0)")
        .different("(,)", null);
    of(all, "nested")
        .same("(\"(1,a)\",\"{1}\")", "(\"(1,a)\",\"{1}\")")
        .different("(\"(1,a)\",\"{1}\")", "(\"(1,a)\",\"[0:0]={1}\")");
    of(all, "spot").same("(1,a)", "(1,a)").different("(1,a)", "(1,A)");
    of(all, "amount").same("1.0", "1.00").different("1.0", "1.1");
    of(all, "mood").same("ok", "ok").different("ok", "Ok").different("ok", null);
    of(all, "int4range")
        .same("[1,3)", "[1,2]")
        .same("empty", "[1,1)")
        .different("[1,)", "[1,2147483647)")
        .different("empty", null);
    of(all, "numrange")
        .same("[1.0,2)", "[1.00,2.0)")
        .different("[1,2)", "[1,2]")
        .different("[1,2)", "(1,2)");
    of(all, "tstzrange")
        .same("[2020-01-01 00:00Z,)", "[2020-01-01 09:00+09,)")
        .different("[,infinity)", "[,)");
    of(all, "int4multirange")
        .same("{[1,3),[3,5)}", "{[1,5)}")
        .different("{[1,3)}", "{[1,3),[7,8)}")
        .different("{}", null);
    of(all, "textrange").same("[a,b)", "[a,b)").different("[A,b)", "[a,b)");
  }

  private static void others(List<Kind> all) {
    of(all, "point")
        .same("(0,1)", "(0.0,1)")
        .different("(0,0)", "(0.0000001,0)")
        .different("(0,0)", "(-0,0)");
    of(all, "box").same("(1,1),(0,0)", "(0,0),(1,1)").different("(1,1),(0,0)", "(1,2),(0,0)");
    of(all, "circle").different("<(0,0),1>", "<(5,5),1>").same("<(0,0),1>", "<(0,0),1.0>");
    of(all, "polygon").different("((0,0),(1,1),(1,0))", "((1,1),(1,0),(0,0))");
    of(all, "path").different("[(0,0),(1,1)]", "((0,0),(1,1))");
    of(all, "lseg").different("[(0,0),(1,1)]", "[(1,1),(0,0)]");
    of(all, "line").different("{1,1,0}", "{2,2,0}").same("{1,1,0}", "{1,1,0}");
    of(all, "inet").same("10.0.0.1", "10.0.0.1/32").different("10.0.0.1/24", "10.0.0.1");
    of(all, "cidr").same("10", "10.0.0.0/8").different("10.0.0.0/8", "10.0.0.0/9");
    of(all, "macaddr").same("08:00:2b:01:02:03", "08002B-010203");
    of(all, "bit(3)").same("101", "101").different("101", "100");
    of(all, "bit varying").different("1", "10").same("01", "01").different("", null);
    of(all, "pg_lsn").same("0/1", "0/01").different("0/1", "1/1");
    of(all, "xid8").same("1", "1").different("1", "2");
  }
}
