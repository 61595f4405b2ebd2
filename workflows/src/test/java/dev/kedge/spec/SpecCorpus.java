package dev.kedge.spec;

import java.util.List;

/** Specs by small edits of one that uses every field. */
final class SpecCorpus {
  static final String FULL =
      """
      kedge: 1
      migration: users-handle
      owner: identity-team
      database: app
      expand:
        - ALTER TABLE users ADD COLUMN handle text
        - { sql: CREATE INDEX h ON users (handle), undo: DROP INDEX h }
      moves:
        - from: users
          to: public.users
          columns: { handle: lower(username) }
          key: [tenant, '"Id"']
          reverse: { username: handle }
          sync: trailing
        - from: orders
          to: sales."Weird \"\"Name\"\"\"
          columns:
            cents: price * 100
            kind: 1
            active: true
          ignore: [note]
          where: price > 0
          compare:
            cents: { tolerance: 0.5 }
            kind: { as: abs(kind) }
            active: ignore
      backfill: { lanes: 3, chunk: 25ms, maxRate: 5000, badRows: quarantine }
      guards:
        throttle: { replicationLag: 2s, activeSessions: 40, walPerSecond: 40MB }
        pause:
          replicationLag: 30s
          stalledFor: 15m
          slotRetention: 1.5GiB
          queries:
            - { name: queue, sql: SELECT count(*) FROM jobs, max: 1000.5 }
        abort: { differences: 10, invariant: 2 }
      invariants:
        - { name: handles, sql: SELECT id FROM users WHERE handle IS NULL, from: reconcile, timeout: 30s }
        - name: totals
          source: SELECT currency, sum(price) FROM orders GROUP BY 1
          target: SELECT currency, sum(cents) / 100 FROM sales GROUP BY 1;
          every: 1h
      cutover:
        stability: P2D
      contract:
        - ALTER TABLE users DROP COLUMN username;
      approvals:
        expand: {}
        reads: { count: 1, notStarter: false }
        contract: { count: 2, from: [dba@example.com, lead@example.com] }
      """;

  /** Accepted by the reader and by the schema. */
  static final List<Edit> GOOD =
      List.of(
          edit("owner: identity-team\n", ""),
          edit("sync: trailing", "sync: \"trailing\""),
          edit("lanes: 3", "lanes: 64"),
          edit("chunk: 25ms", "chunk: PT0.5S"),
          edit("P2D", "0s"),
          edit("from: users", "from: '\"Ünï\".täble'"),
          edit("reverse: { username: handle }", "reverse: {}"),
          edit("{ sql: CREATE INDEX h ON users (handle), undo: DROP INDEX h }", "{ sql: X }"),
          edit("handle: lower(username)", "'\"Handle\"': 'lower(username)'"),
          edit("where: price > 0", "where: false"),
          edit("tolerance: 0.5", "tolerance: 1"),
          edit("tolerance: 0.5", "tolerance: 250ms"),
          edit("tolerance: 0.5", "tolerance: 1e-6"),
          edit("{ as: abs(kind) }", "{ as: 7 }"),
          edit("active: ignore", "'\"Active\"': 'ignore'"),
          edit("maxRate: 5000", "maxRate: 1000000000"),
          edit(", maxRate: 5000", ""),
          edit("badRows: quarantine", "badRows: stop"),
          edit(", badRows: quarantine", ""),
          edit("activeSessions: 40", "commitLatency: PT0.05S"),
          edit("walPerSecond: 40MB", "databaseSize: 999999TB"),
          edit("abort: { differences: 10, invariant: 2 }", "abort: {}"),
          edit("from: reconcile", "from: backfill"),
          edit(", from: reconcile, timeout: 30s", ""),
          edit("max: 1000.5", "max: -1e3"),
          edit("sql: SELECT count(*) FROM jobs,", "sql: 'with x as (select 1) table x;',"),
          edit("cutover:", "evidence: { maxAge: 3d }\ncutover:"),
          edit("cutover:", "evidence: {}\ncutover:"),
          edit("sync: trailing", "deepCheck: { where: price > 1000 }"),
          edit("sync: trailing", "deepCheck: { keys: [[1, a], [2, '0']] }"),
          edit("sync: trailing", "deepCheck: { where: true, keys: [7] }"),
          edit("sync: trailing", "window: { column: '\"At\"', last: 1d }"),
          edit("ignore: [note]", "groupBy: [kind, active]"),
          edit("count: 2", "count: 0"));

  /** Refused by the reader and by the schema: the form is wrong. */
  static final List<Edit> BAD_FORM =
      List.of(
          edit("kedge: 1", "kedge: 2"),
          edit("kedge: 1", "kedge: '1'"),
          edit("kedge: 1\n", ""),
          edit("migration: users-handle", "migration: Users"),
          edit("migration: users-handle", "migration: " + "x".repeat(51)),
          edit("migration: users-handle", "migration: -x"),
          edit("migration: users-handle\n", ""),
          edit("owner: identity-team", "owner: 1"),
          edit("owner: identity-team", "owner: ' '"),
          edit("owner: identity-team", "owner:"),
          edit("database: app", "database: 'a b'"),
          edit("database: app\n", ""),
          edit("- { name: handles", "- { title: handles"),
          edit("name: handles, ", ""),
          edit("name: handles", "name: " + "x".repeat(61)),
          edit("sql: SELECT id FROM users WHERE handle IS NULL, ", ""),
          edit("    every: 1h", "    sql: SELECT 1"),
          edit("    source: SELECT currency, sum(price) FROM orders GROUP BY 1\n", ""),
          edit("from: reconcile", "from: reads"),
          edit("every: 1h", "every: 1"),
          edit("timeout: 30s", "timeout: fast"),
          edit("kedge: 1", "kedge: 1\ntabel: x"),
          edit("kedge: 1", "kedge: 1\n1: x"),
          edit("tolerance: 0.5", "tolerance: 0"),
          edit("tolerance: 0.5", "tolerance: -1"),
          edit("tolerance: 0.5", "tolerance: soon"),
          edit("tolerance: 0.5", "tolerance: [1]"),
          edit("tolerance: 0.5", "tolerence: 1"),
          edit("tolerance: 0.5", "tolerance: 1, as: cents"),
          edit("{ tolerance: 0.5 }", "{}"),
          edit("{ tolerance: 0.5 }", "0.5"),
          edit("{ as: abs(kind) }", "{ as: '' }"),
          edit("active: ignore", "active: skip"),
          edit("active: ignore", "a.b: ignore"),
          edit("undo: DROP INDEX h", "undo: 1"),
          edit("undo: DROP INDEX h", "undo: ';'"),
          edit("sql: CREATE INDEX h ON users (handle), ", ""),
          edit("undo: DROP INDEX h", "redo: x"),
          edit("- ALTER TABLE users ADD COLUMN handle text", "- [x]"),
          edit("- ALTER TABLE users ADD COLUMN handle text", "- ''"),
          edit("- ALTER TABLE users ADD COLUMN handle text", "-"),
          edit("- ALTER TABLE users DROP COLUMN username;", "[]"),
          edit("- ALTER TABLE users DROP COLUMN username;", "- {sql: x, undo: y}"),
          edit("- ALTER TABLE users DROP COLUMN username;", "x"),
          edit("from: users\n", "form: users\n"),
          edit("to: public.users", "to: a.b.c"),
          edit("to: public.users", "to: 'a b'"),
          edit("to: public.users", "to: 1a"),
          edit("to: public.users", "to: '\"\"'"),
          edit("to: public.users", "to: \"a\\0\""),
          edit("to: public.users", "to: {database: x, table: y}"),
          edit("to: public.users", "to:"),
          edit("columns: { handle: lower(username) }", "columns: { handle: }"),
          edit("columns: { handle: lower(username) }", "columns: { handle: [x] }"),
          edit("columns: { handle: lower(username) }", "columns: { handle: '' }"),
          edit("columns: { handle: lower(username) }", "columns: { a.b: x }"),
          edit("columns: { handle: lower(username) }", "columns: [handle]"),
          edit("key: [tenant, '\"Id\"']", "key: tenant"),
          edit("key: [tenant, '\"Id\"']", "key: []"),
          edit("key: [tenant, '\"Id\"']", "key: [1]"),
          edit("reverse: { username: handle }", "reverse: x"),
          edit("sync: trailing", "sync: true"),
          edit("sync: trailing", "owns: [x]"),
          edit("sync: trailing", "owns: ''"),
          edit("sync: trailing", "fires: audit"),
          edit("sync: trailing", "fires: [a.b]"),
          edit("sync: trailing", "deepCheck: {}"),
          edit("sync: trailing", "deepCheck: [1]"),
          edit("sync: trailing", "deepCheck: { where: '' }"),
          edit("sync: trailing", "deepCheck: { keys: [] }"),
          edit("sync: trailing", "deepCheck: { keys: [[]] }"),
          edit("sync: trailing", "deepCheck: { keys: [[[1]]] }"),
          edit("sync: trailing", "deepCheck: { rows: 1 }"),
          edit("sync: trailing", "window: { column: at }"),
          edit("sync: trailing", "window: { last: 1d }"),
          edit("sync: trailing", "window: { column: a.b, last: 1d }"),
          edit("sync: trailing", "window: { column: at, last: 1 }"),
          edit("ignore: [note]", "groupBy: kind"),
          edit("ignore: [note]", "groupBy: []"),
          edit("cutover:", "evidence: { maxAge: 3 }\ncutover:"),
          edit("cutover:", "evidence: { minAge: 3d }\ncutover:"),
          edit("cutover:", "evidence: 3d\ncutover:"),
          edit("ignore: [note]", "ignore: [no.te]"),
          edit("where: price > 0", "where: ''"),
          edit("where: price > 0", "where: [x]"),
          edit("lanes: 3", "lanes: 0"),
          edit("lanes: 3", "lanes: 65"),
          edit("lanes: 3", "lanes: 010"),
          edit("lanes: 3", "lanes: 1e9999"),
          edit("lanes: 3", "lanes: -5"),
          edit("lanes: 3", "lanes: lots"),
          edit("lanes: 3", "lanes: 1.5"),
          edit("lanes: 3", "lanes: 99999999999999999999999"),
          edit("chunk: 25ms", "chunk: 25"),
          edit("chunk: 25ms", "chunk: 25 ms"),
          edit("chunk: 25ms", "chunkSize: 25"),
          edit("maxRate: 5000", "maxRate: 0"),
          edit("badRows: quarantine", "badRows: skip"),
          edit("maxRate: 5000", "maxRate: 5000/s"),
          edit("maxRate: 5000", "maxRate: 1000000001"),
          edit("throttle: {", "throtle: {"),
          edit("throttle: {", "throttle: [] #"),
          edit("replicationLag: 2s", "replicationlag: 2s"),
          edit("replicationLag: 2s", "replicationLag: 2"),
          edit("replicationLag: 2s", "stalledFor: 2s"),
          edit("replicationLag: 2s", "differences: 2"),
          edit("activeSessions: 40", "activeSessions: 0"),
          edit("activeSessions: 40", "activeSessions: 40MB"),
          edit("activeSessions: 40", "activeSessions: 2147483648"),
          edit("walPerSecond: 40MB", "walPerSecond: 40"),
          edit("walPerSecond: 40MB", "walPerSecond: 40mb"),
          edit("walPerSecond: 40MB", "walPerSecond: 40 MB"),
          edit("walPerSecond: 40MB", "walPerSecond: -40MB"),
          edit("invariant: 2", "invariant: 0"),
          edit("invariant: 2", "invariants: 2"),
          edit("activeSessions: 40", "invariant: 1"),
          edit("differences: 10", "query: 1"),
          edit("- { name: queue, sql: SELECT count(*) FROM jobs, max: 1000.5 }", "[]"),
          edit("name: queue", "name: ''"),
          edit("name: queue", "name: " + "x".repeat(61)),
          edit("name: queue, ", ""),
          edit("max: 1000.5", "max: lots"),
          edit("max: 1000.5", "maximum: 7"),
          edit(", max: 1000.5", ""),
          edit("P2D", "P"),
          edit("P2D", "2 days"),
          edit("stability: P2D", "reads: {flag: x}"),
          edit("stability: P2D", "- x"),
          edit("expand: {}", "expend: {}"),
          edit("expand: {}", "expand: 1"),
          edit("expand: {}", "expand:"),
          edit("count: 2", "count: 21"),
          edit("count: 2", "count: -1"),
          edit("count: 2", "count: two"),
          edit("notStarter: false", "notStarter: no"),
          edit("notStarter: false", "notstarter: false"),
          edit("[dba@example.com, lead@example.com]", "[]"),
          edit("[dba@example.com, lead@example.com]", "[a, a]"),
          edit("[dba@example.com, lead@example.com]", "[1, 2]"),
          edit("[dba@example.com, lead@example.com]", "dba"));

  /** Refused by the reader alone: a schema cannot know. */
  static final List<Edit> BAD_MEANING =
      List.of(
          edit("tolerance: 0.5", "tolerance: 0s"),
          edit("tolerance: 0.5", "tolerance: 1" + "0".repeat(50)),
          edit("as: abs(kind)", "as: abs(kind"),
          edit("active: ignore", "note: ignore"),
          edit("chunk: 25ms", "chunk: 11s"),
          edit("chunk: 25ms", "chunk: 0ms"),
          edit("replicationLag: 2s", "replicationLag: 0s"),
          edit("replicationLag: 2s", "replicationLag: 31s"),
          edit("walPerSecond: 40MB", "walPerSecond: 0.0MB"),
          edit("walPerSecond: 40MB", "slotRetention: 2GiB"),
          edit("differences: 10", "stalledFor: 10m"),
          edit("name: queue", "name: replicationLag"),
          edit("SELECT count(*) FROM jobs", "DELETE FROM jobs"),
          edit("SELECT count(*) FROM jobs", "SELECT 1; DROP TABLE jobs"),
          edit("timeout: 30s", "timeout: 2m"),
          edit("every: 1h", "every: 1s"),
          edit("name: totals", "name: handles"),
          edit("SELECT id FROM users WHERE", "DELETE FROM users WHERE"),
          edit("SELECT id FROM users WHERE", "SELECT 1; SELECT id FROM users WHERE"),
          edit("P2D", "P400D"),
          edit("cutover:", "evidence: { maxAge: 1s }\ncutover:"),
          edit("sync: trailing", "window: { column: at, last: 500ms }"),
          edit("sync: trailing", "groupBy: [handle]"),
          edit("sync: trailing", "deepCheck: { where: (price }"),
          edit("count: 2", "count: 3"),
          edit("from: orders", "from: " + "x".repeat(64)),
          edit("from: orders", "from: users"),
          edit("from: orders", "from: kedge.ledger"),
          edit("handle: lower(username)", "handle: lower(username"),
          edit("handle: lower(username)", "password: x, username: y"),
          edit("owner: identity-team", "owner: https://me@host/"),
          edit("ALTER TABLE users ADD COLUMN handle text", "DROP TABLE users"));

  private SpecCorpus() {}

  private static Edit edit(String from, String to) {
    return new Edit(from, to);
  }

  /** One replacement in {@link #FULL}. */
  record Edit(String from, String to) {
    String yaml() {
      if (!FULL.contains(from)) {
        throw new IllegalStateException("nothing to edit: " + from);
      }
      int at = FULL.indexOf(from);
      return FULL.substring(0, at) + to + FULL.substring(at + from.length());
    }
  }
}
