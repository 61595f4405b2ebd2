package dev.kedge.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Payloads;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Bad inputs are numbered as in the list of 25 that every release must refuse. */
final class SpecReaderTest {
  private static final String HEAD =
      """
      kedge: 1
      migration: users-handle
      database: app
      """;

  private static final String MOVE = "moves: [{from: users, to: users, columns: {h: lower(n)}}]\n";

  @Test
  void theSpecOfTheManualIsReadWhole() throws SpecException {
    Spec spec = SpecReader.read("spec.yaml", SpecCorpus.FULL);
    Move inPlace =
        new Move(
            users(),
            users(),
            Map.of("handle", "lower(username)"),
            List.of(),
            null,
            List.of("tenant", "Id"),
            Map.of("username", "handle"));
    Move copy =
        new Move(
                new TableName("public", "orders"),
                new TableName("sales", "Weird \"Name\""),
                Map.of("cents", "price * 100", "kind", "1", "active", "true"),
                List.of("note"),
                "price > 0",
                List.of(),
                Map.of())
            .withCompare(
                Map.of(
                    "cents",
                    new CompareRule(CompareRule.Kind.TOLERANCE, "0.5"),
                    "kind",
                    new CompareRule(CompareRule.Kind.AS, "abs(kind)"),
                    "active",
                    CompareRule.IGNORED));
    assertEquals(
        new Spec(
            "users-handle",
            "identity-team",
            "app",
            List.of(
                new Statement("ALTER TABLE users ADD COLUMN handle text", null),
                new Statement("CREATE INDEX h ON users (handle)", "DROP INDEX h")),
            List.of(inPlace, copy),
            new BackfillSettings(3, Duration.ofMillis(25), 5000L, BadRows.QUARANTINE),
            new CutoverSettings(Duration.ofDays(2)),
            List.of(new Statement("ALTER TABLE users DROP COLUMN username", null)),
            Map.of(
                Gate.EXPAND,
                new ApprovalPolicy(1, true, List.of()),
                Gate.READS,
                new ApprovalPolicy(1, false, List.of()),
                Gate.WRITES,
                new ApprovalPolicy(1, true, List.of()),
                Gate.CONTRACT,
                new ApprovalPolicy(2, true, List.of("dba@example.com", "lead@example.com"))),
            new Guards(
                List.of(
                    new Limit(Signal.REPLICATION_LAG, 2_000),
                    new Limit(Signal.ACTIVE_SESSIONS, 40),
                    new Limit(Signal.WAL_PER_SECOND, 40e6)),
                List.of(
                    new Limit(Signal.REPLICATION_LAG, 30_000),
                    new Limit(Signal.SLOT_RETENTION, 1.5 * (1 << 30)),
                    new Limit(Signal.STALLED_FOR, 900_000),
                    new Limit(Signal.QUERY, 1000.5, "queue", "SELECT count(*) FROM jobs")),
                List.of(new Limit(Signal.DIFFERENCES, 10), new Limit(Signal.INVARIANT, 2))),
            EvidenceSettings.DEFAULT,
            List.of(
                new Invariant(
                    "handles",
                    "SELECT id FROM users WHERE handle IS NULL",
                    null,
                    null,
                    Invariant.From.RECONCILE,
                    null,
                    Duration.ofSeconds(30)),
                new Invariant(
                    "totals",
                    null,
                    "SELECT currency, sum(price) FROM orders GROUP BY 1",
                    "SELECT currency, sum(cents) / 100 FROM sales GROUP BY 1",
                    null,
                    Duration.ofHours(1),
                    null))),
        spec);
  }

  @Test
  void whatIsLeftOutHasDefaults() throws SpecException {
    Spec spec = SpecReader.read("spec.yaml", HEAD + MOVE);
    assertEquals(BackfillSettings.DEFAULT, spec.backfill());
    assertEquals(CutoverSettings.DEFAULT, spec.cutover());
    assertEquals(List.of(), spec.expand());
    assertTrue(spec.guards().none());
    for (Gate gate : Gate.values()) {
      assertEquals(ApprovalPolicy.defaultOf(gate), spec.approvals().get(gate));
    }
  }

  @Test
  void anEmptyReverseLetsACopyFollow() throws SpecException {
    String copy = "moves: [{from: a, to: b%s}]\n";
    assertFalse(move(copy.formatted("")).follows());
    assertTrue(move(copy.formatted(", reverse: {}")).follows());
    assertTrue(move(copy.formatted(", reverse: {x: y}")).follows());
  }

  @Test
  void namesFoldAsInSql() throws SpecException {
    Move move = move("moves: [{from: Sales.Orders, to: '\"Sales\".\"Ord\"\"ers\"'}]\n");
    assertEquals(new TableName("sales", "orders"), move.from());
    assertEquals(new TableName("Sales", "Ord\"ers"), move.to());
  }

  @Test
  void oneClosingSemicolonIsTakenOff() throws SpecException {
    Spec spec = SpecReader.read("spec.yaml", HEAD + MOVE + "contract:\n  - DROP TABLE x ;\n");
    assertEquals("DROP TABLE x", spec.contract().get(0).sql());
  }

  @Test
  void errorsReadLikeACompilers() {
    String text = HEAD + "moves:\n  - colums: { handle: lower(name) }\n    from: 12\n";
    SpecException refused =
        assertThrows(SpecException.class, () -> SpecReader.read("migrations/handle.yaml", text));
    assertEquals(
        """
        error[KD1007]: unknown field "colums"
         --> migrations/handle.yaml:5:5
          |
        5 |   - colums: { handle: lower(name) }
          |     ^^^^^^
          |
        help: did you mean "columns"?

        error[KD1008]: missing field "to"
         --> migrations/handle.yaml:5:5
          |
        5 |   - colums: { handle: lower(name) }
          |     ^

        error[KD1005]: expected text, got "12"
         --> migrations/handle.yaml:6:11
          |
        6 |     from: 12
          |           ^^
          |
        help: put it in quotes

        nothing was changed""",
        refused.getMessage());
  }

  // 1
  @Test
  void aTabIsNamed() {
    assertProblem("KD1001", "kedge: 1\nmoves:\n»\t- from: users\n");
    assertProblem("KD1001", "kedge: 1\nmoves:\n  »\t- from: users\n");
  }

  @Test
  void brokenYamlIsPointedAt() {
    assertProblem("KD1000", "kedge: [1\nmigration»: x\n");
    assertProblem("KD1000", "kedge: 1\nowner: »\u0001\n");
  }

  // 2
  @Test
  void aDuplicateKeyNamesTheFirst() {
    Problem problem = assertProblem("KD1002", "kedge: 1\n»kedge: 1\n");
    assertEquals("duplicate key \"kedge\" (first at 1:1)", problem.message());
    assertMove("KD1002", "{from: a, to: b, columns: {handle: '1', »Handle: '2'}}");
    assertMove("KD1002", "{from: a, to: b, key: [x, »X]}");
  }

  // 3
  @Test
  void aFileIsExactlyOneDocument() {
    Problem two = assertProblem("KD1003", HEAD + MOVE + "»---\nkedge: 1\n");
    assertEquals("expected exactly one document, found 2", two.message());
    for (String empty : List.of("", "\n\n", "# nothing\n", "---\n", "null\n")) {
      assertEquals("the spec is empty", assertProblem("KD1003", "»" + empty).message());
    }
    assertProblem("KD1005", "»- kedge: 1\n");
  }

  // 4
  @Test
  void anchorsAliasesAndTagsAreRefused() {
    assertProblem("KD1004", "kedge: »&one 1\n");
    assertProblem("KD1004", "kedge: 1\nowner: »*one\n");
    assertProblem("KD1004", "kedge: »!!int 1\n");
    assertProblem("KD1004", "a: »&x [*x]\n");
    assertProblem("KD1004", "a: »!java [1]\n");
  }

  @Test
  void bigAndDeepFilesAreRefusedBeforeTheyAreRead() {
    assertProblem("KD1004", "»kedge: 1 #" + "x".repeat(1 << 20));
    assertProblem("KD1004", "[".repeat(32) + "»" + "[".repeat(100_000));
  }

  // 5
  @Test
  void numbersAreWhatTheySay() {
    for (String lanes : List.of("010", "1e9999", "-5", "lots", "0", "65", "1.0", "9".repeat(40))) {
      Problem problem = assertProblem("KD1005", HEAD + MOVE + "backfill:\n  lanes: »" + lanes);
      assertEquals("expected an integer from 1 to 64, got \"" + lanes + "\"", problem.message());
    }
    assertProblem("KD1005", HEAD + MOVE + "backfill: {chunk: »50}\n");
    assertProblem("KD1005", HEAD + MOVE + "backfill: {chunk: »11s}\n");
    assertProblem("KD1005", HEAD + MOVE + "cutover: {stability: »soon}\n");
  }

  // 6
  @Test
  void secretsAreRefusedAndNotRepeated() {
    for (String secret :
        List.of(
            "password: hunter2",
            "database: postgresql://kedge:hunter2@db/app",
            "database: \"jdbc:postgresql://db/app?password=hunter2\"",
            "owner: {url: https://hunter2@host}",
            "pass_word: [hunter2, {a: hunter2}]",
            "{a: {secret: hunter2}, tabel: 'https://hunter2@x', secret: hunter2}")) {
      String yaml = secret.startsWith("{") ? secret : "kedge: 1\n" + secret;
      SpecException refused =
          assertThrows(SpecException.class, () -> SpecReader.read("spec.yaml", yaml));
      assertFalse(refused.getMessage().contains("hunter2"), refused.getMessage());
      assertEquals("KD1006", refused.problems().get(0).code());
      assertEquals(yaml.lines().count(), refused.problems().get(0).line());
    }
  }

  @Test
  void aColumnMayBeCalledPassword() throws SpecException {
    Move move = move("moves: [{from: users, to: users, columns: {password: crypt(pw)}}]\n");
    assertEquals(Map.of("password", "crypt(pw)"), move.columns());
  }

  // 7
  @Test
  void anUnknownFieldIsMetWithTheNearest() {
    Problem problem = assertProblem("KD1007", HEAD + MOVE + "»contarct: [DROP TABLE x]\n");
    assertEquals("unknown field \"contarct\"", problem.message());
    assertEquals("did you mean \"contract\"?", problem.help());
    assertProblem("KD1007", HEAD + MOVE + "backfill: {»chunkSize: 5}\n");
    assertProblem("KD1008", "»kedge: 1\nmigration: x\n" + MOVE);
  }

  @Test
  void whatComesLaterIsNamed() {
    assertLater("cutover: {»reads: {flag: x}}");
    assertLater("cutover: {»writes: {flag: x}}");
    assertLater("»deepCheck: true");
    assertMove("KD1009", "{from: {main: a, join: [c]}, to: b, reverse: »{}}");
    assertMove("KD1009", "{from: a, to: »{database: x, table: y}}");
    assertMove("KD1009", "{from: a, to: b, »partitions: x}");
    assertMove("KD1009", "{from: a, to: b, reverse: {}}, »{from: a, to: c, reverse: {}}");
    assertMove("KD1009", "{from: a, to: b, where: c > 0, reverse: »{d: e}}");
  }

  @Test
  void aColumnIsComparedInOneWay() throws SpecException {
    String move = "{from: a, to: b, compare: {%s}}";
    assertMove("KD1005", "{from: a, to: b, compare: »x}");
    assertMove("KD1005", move.formatted("c: »skip"));
    assertMove("KD1005", move.formatted("c: »{}"));
    assertMove("KD1005", move.formatted("c: »{tolerance: 1, as: c}"));
    for (String bad :
        List.of("0", "-1", "0.0", ".inf", "soon", "0s", "400d", "1e999", "[1]", "x s")) {
      assertMove("KD1005", move.formatted("c: {tolerance: »" + bad + "}"));
    }
    assertMove("KD1007", move.formatted("c: {»toleranse: 1}"));
    assertMove("KD2104", move.formatted("c: {as: »'lower(c'}"));
    assertMove("KD2103", move.formatted("»c.d: ignore"));
    assertMove("KD1002", move.formatted("c: ignore, »C: ignore"));
    assertMove("KD1102", "{from: a, to: b, ignore: [c], compare: »{c: ignore}}");
    assertEquals(
        new CompareRule(CompareRule.Kind.TOLERANCE, "0.000001"),
        move("moves: [" + move.formatted("c: {tolerance: 1e-6}") + "]\n").compare().get("c"));
    assertEquals(
        new CompareRule(CompareRule.Kind.TOLERANCE, "1m"),
        move("moves: [" + move.formatted("c: {tolerance: 60s}") + "]\n").compare().get("c"));
  }

  @Test
  void aGuardThatCouldNeverActIsRefused() {
    Problem slower = assertGuards("KD1103", "throttle: {stalledFor: »15m}");
    assertEquals(
        "stalledFor is only for pause and abort: going slower does not lower it", slower.message());
    assertEquals("move it to pause", slower.help());
    Problem late =
        assertGuards("KD1103", "throttle: {replicationLag: »40s}, pause: {replicationLag: 30s}");
    assertEquals(
        "replicationLag of 40s is above the 30s at which it pauses: it would never slow down",
        late.message());
    assertGuards("KD1103", "throttle: {walPerSecond: »2GB}, abort: {walPerSecond: 1GB}");
    assertGuards("KD1103", "pause: {differences: »2}, abort: {differences: 1}");
  }

  @Test
  void aQueryOfAGuardIsOneSelectWithANameOfItsOwn() {
    for (String sql : List.of("delete from x", "select 1; select 2", "select (1", "select 1 --x")) {
      assertGuards("KD2104", "pause: {queries: [{name: a, sql: »'%s', max: 1}]}".formatted(sql));
    }
    String one = "{name: a, sql: select 1, max: 1}";
    Problem twice =
        assertGuards(
            "KD1002",
            "throttle: {queries: ["
                + one
                + "]}, pause: {queries: ["
                + one.replace(" a", " »a")
                + "]}");
    assertTrue(twice.message().startsWith("duplicate query \"a\""), twice.message());
    assertGuards("KD1005", "pause: {queries: [{name: a, sql: select 1, max: ».inf}]}");
  }

  @Test
  void anInvariantIsAQueryOrAPair() throws SpecException {
    String two =
        "invariants: [{name: a, sql: select 1;}, {name: b, source: select 1, target: select 2,"
            + " every: 1m, timeout: 1s, from: backfill}]\n";
    List<Invariant> read = SpecReader.read("spec.yaml", HEAD + MOVE + two).invariants();
    assertEquals(Invariant.of("a", "select 1"), read.get(0));
    assertEquals(Invariant.EVERY, read.get(0).interval());
    assertEquals(
        new Invariant(
            "b",
            null,
            "select 1",
            "select 2",
            Invariant.From.BACKFILL,
            Duration.ofMinutes(1),
            Duration.ofSeconds(1)),
        read.get(1));
    Problem neither = assertProblem("KD1104", HEAD + MOVE + "invariants: [»{name: a}]\n");
    assertEquals("expected sql alone, or source and target together", neither.message());
    assertProblem("KD1104", HEAD + MOVE + "invariants: [»{name: a, source: select 1}]\n");
    assertProblem(
        "KD1104", HEAD + MOVE + "invariants: [»{name: a, sql: select 1, target: select 1}]\n");
    for (String sql : List.of("delete from x", "select 1; select 2", "select (1", "select 1 --x")) {
      assertProblem("KD2104", HEAD + MOVE + "invariants: [{name: a, sql: »'" + sql + "'}]\n");
    }
    assertProblem(
        "KD1002",
        HEAD + MOVE + "invariants: [{name: a, sql: select 1}, {name: »a, sql: select 1}]\n");
  }

  @Test
  void aGuardThatCountsInvariantsNeedsSome() {
    Problem none = assertProblem("KD1104", HEAD + MOVE + "guards: »{abort: {invariant: 1}}\n");
    assertEquals(
        "a guard counts violated invariants, and the spec has no invariants", none.message());
    assertGuards("KD1103", "throttle: {invariant: »1}");
  }

  @Test
  void whatIsDoneAboutViolatedInvariantsIsForTheGuardsToSay() {
    Limit two = new Limit(Signal.INVARIANT, 2);
    assertEquals(Guards.Reaction.NOTHING, Guards.NONE.onViolated(0));
    assertEquals(Guards.Reaction.PAUSE, Guards.NONE.onViolated(1));
    Guards abort = new Guards(List.of(), List.of(), List.of(two));
    assertEquals(Guards.Reaction.NOTHING, abort.onViolated(1));
    assertEquals(Guards.Reaction.ABORT, abort.onViolated(2));
    Guards pause = new Guards(List.of(), List.of(two), List.of());
    assertEquals(Guards.Reaction.NOTHING, pause.onViolated(1));
    assertEquals(Guards.Reaction.PAUSE, pause.onViolated(2));
  }

  @Test
  void aPlanWithoutGuardsIsWrittenAsBeforeThereWereAny() throws Exception {
    String json = Payloads.mapper().writeValueAsString(SpecReader.read("spec.yaml", HEAD + MOVE));
    assertFalse(
        json.contains("guards")
            || json.contains("invariants")
            || json.contains("maxRate")
            || json.contains("badRows")
            || json.contains("compare"),
        json);
    Spec full = SpecReader.read("spec.yaml", SpecCorpus.FULL);
    String written = Payloads.mapper().writeValueAsString(full);
    assertEquals(full, Payloads.mapper().readValue(written, Spec.class));
  }

  // 11
  @Test
  void namesThatAreNoneAreRefused() {
    for (String name :
        List.of(
            "'users\"; drop table x; --'",
            "x".repeat(64),
            "ä".repeat(32),
            "\"a\\0b\"",
            "a.b.c",
            "a.",
            "'\"\"'",
            "1a",
            "a b",
            "'\"" + "\"\"".repeat(100_000) + "\"'")) {
      assertMove("KD2103", "{from: »" + name + ", to: b}");
    }
    assertMove("KD2103", "{from: a, to: b, columns: {»a.b: '1'}}");
    assertMove("KD2103", "{from: a, to: b, ignore: [»'x;']}");
    assertMove("KD2103", "{from: a, to: b, key: [»'\"x']}");
  }

  // 12
  @Test
  void anExpressionIsOneExpression() {
    for (String sql :
        List.of(
            "a; commit; delete from users",
            "1) FROM x; --",
            "lower(a",
            "lower(a))",
            "a -- the end",
            "'open",
            "\"open",
            "$t$ open $tag$",
            "a /* /* */",
            "e'\\\\' ; ' || a")) {
      String quoted = "'" + sql.replace("'", "''") + "'";
      assertMove("KD2104", "{from: a, to: b, columns: {h: »" + quoted + "}}");
    }
    assertMove("KD2104", "{from: a, to: b, where: »'x; y'}");
  }

  @Test
  void whatLooksLikeAnEndInsideTextIsNone() {
    for (String sql :
        List.of(
            "a || ';'",
            "a || ')' || \"b;\"",
            "$$;)$$ || $t$ $$ ; $t$",
            "/* ; ( /* ) */ */ a",
            "e'\\';' || a",
            "'it''s;'",
            "a$b$c",
            "a -- ;\n + 1",
            "a - -1 / 2")) {
      assertEquals(List.of(), ExpressionForm.fault(sql).stream().toList(), sql);
    }
  }

  // 16
  @Test
  void contractComesLastAndGatesAreThoseThatExist() {
    assertProblem("KD1101", HEAD + MOVE + "expand: [»'DROP TABLE users']\n");
    assertProblem("KD1101", HEAD + MOVE + "expand: [{sql: »alter table u drop column x}]\n");
    assertProblem("KD1101", HEAD + MOVE + "»phases: [contract, reconcile]\n");
    Problem gate = assertProblem("KD1101", HEAD + MOVE + "approvals: {»raeds: {count: 1}}\n");
    assertEquals("did you mean \"reads\"?", gate.help());
    Problem never =
        assertProblem("KD1101", HEAD + MOVE + "approvals: {contract: {count: 2, from: »[a]}}\n");
    assertEquals("2 approvals are asked, 1 may give them", never.message());
  }

  @Test
  void movesThatContradictThemselvesAreRefused() {
    assertProblem("KD1005", HEAD + "moves: »[]\n");
    assertMove("KD1102", "{from: a, to: »a}");
    assertMove("KD1102", "{from: a, to: a, columns: {b: c}, where: »d}");
    assertMove("KD1102", "{from: a, to: a, columns: {b: c}, ignore: »[d]}");
    assertMove("KD1102", "{from: a, to: a, columns: {b: c}, reverse: »{b: c}}");
    assertMove("KD1102", "{from: a, to: b, columns: {c: d}, ignore: »[c]}");
    assertMove("KD1102", "{from: a, to: b, owns: x = 1}, »{from: c, to: b}");
    assertMove("KD1102", "»{from: a, to: b, owns: x = 1}");
    assertMove("KD1102", "{from: a, to: b, fires: »[c]}");
    assertMove("KD1002", "{from: a, to: a, columns: {b: c}, fires: [d, »d]}");
    assertMove("KD1102", "{from: »{main: a, join: [c, c]}, to: b}");
    assertMove("KD1102", "{from: {main: a, join: [c]}, to: b, sync: »synchronous}");
    assertMove("KD1102", "{from: a, to: a, columns: {b: c}, sync: »synchronous}");
    assertMove("KD1102", "{from: a, to: b}, »{from: b, to: c}");
    assertMove("KD1102", "{from: a, to: b}, »{from: c, to: a}");
    assertMove("KD1102", "{from: »kedge.ledger, to: b}");
  }

  private static TableName users() {
    return new TableName("public", "users");
  }

  private static Move move(String moves) throws SpecException {
    return SpecReader.read("spec.yaml", HEAD + moves).moves().get(0);
  }

  private static void assertLater(String field) {
    assertTrue(assertProblem("KD1009", HEAD + MOVE + field).message().contains("comes later"));
  }

  private static Problem assertGuards(String code, String guards) {
    return assertProblem(code, HEAD + MOVE + "guards: {" + guards + "}\n");
  }

  private static void assertMove(String code, String moves) {
    assertProblem(code, HEAD + "moves: [" + moves + "]\n");
  }

  /** The only problem of {@code marked}, whose place is marked by a ». */
  private static Problem assertProblem(String code, String marked) {
    String before = marked.substring(0, marked.indexOf('»'));
    String yaml = before + marked.substring(before.length() + 1);
    int line = before.split("\n", -1).length;
    int column = before.length() - before.lastIndexOf('\n');
    SpecException refused =
        assertThrows(SpecException.class, () -> SpecReader.read("spec.yaml", yaml), yaml);
    assertEquals(
        List.of(code + " " + line + ":" + column),
        refused.problems().stream()
            .map(problem -> problem.code() + " " + problem.line() + ":" + problem.column())
            .toList(),
        refused.getMessage());
    return refused.problems().get(0);
  }
}
