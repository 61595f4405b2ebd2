package dev.kedge.bench.stress;

import java.util.SplittableRandom;

/**
 * Two tables of one kind each to one of both kinds, and the way back: a row of the new table goes
 * to the table of its kind.
 *
 * @param tables how the names of its tables begin
 */
record UnionShape(String tables) implements Shape {
  static Shape make(String prefix, SplittableRandom random) {
    return new UnionShape(prefix + "_union");
  }

  @Override
  public String migration() {
    return tables.replace('_', '-');
  }

  @Override
  public String schema() {
    return """
        CREATE TABLE %1$s_a (
          id bigint PRIMARY KEY, code text NOT NULL UNIQUE, amount numeric(14,2) NOT NULL,
          note text, tag int NOT NULL);
        CREATE TABLE %1$s_b (
          id bigint PRIMARY KEY, code text NOT NULL UNIQUE, amount numeric(14,2) NOT NULL,
          note text, tag int NOT NULL)"""
        .formatted(tables);
  }

  @Override
  public String cleanup() {
    return "DROP TABLE IF EXISTS %1$s_a, %1$s_b, %1$s_new".formatted(tables);
  }

  @Override
  public String spec() {
    return """
    kedge: 1
    migration: %2$s
    owner: stress
    database: app
    expand:
      - >-
        CREATE TABLE %1$s_new (
          id bigint NOT NULL, kind text NOT NULL, code text NOT NULL, cents bigint NOT NULL,
          note text, tag int NOT NULL, PRIMARY KEY (kind, id))
      - CREATE INDEX %1$s_new_id ON %1$s_new (id)
    moves:
      - from: %1$s_a
        to: %1$s_new
        columns: { cents: (amount * 100)::bigint, kind: "'a'::text" }
        owns: kind = 'a'
      - from: %1$s_b
        to: %1$s_new
        columns: { cents: (amount * 100)::bigint, kind: "'b'::text" }
        owns: kind = 'b'
    backfill: { lanes: 2, chunk: 200ms }
    cutover: { stability: 1s }
    contract:
      - DROP TABLE %1$s_a
      - DROP TABLE %1$s_b
    approvals:
      contract: { count: 2 }
    """
        .formatted(tables, migration());
  }

  @Override
  public Side old() {
    return new KindsSide(kind("a", 0), kind("b", 1));
  }

  private TableSide kind(String name, int place) {
    return new TableSide(
        tables + "_" + name, "amount", false, false, false, false, "i % 2 = " + place);
  }

  @Override
  public Side next() {
    return new TableSide(tables + "_new", "cents", true, false, false, true, "true");
  }

  @Override
  public boolean guarded() {
    return true;
  }

  @Override
  public boolean followsBack() {
    return false;
  }

  @Override
  public String oracle() {
    return """
        SELECT coalesce(o.id, n.id) AS id,
          CASE WHEN n.id IS NULL THEN 'lost' WHEN o.id IS NULL THEN 'ghost'
            WHEN o.code <> n.code OR o.note IS DISTINCT FROM n.note OR o.amount <> n.cents / 100.0
              OR o.tag <> n.tag THEN 'stale'
            ELSE 'same' END AS kind
        FROM (SELECT 'a' AS kind, * FROM %1$s_a UNION ALL SELECT 'b', * FROM %1$s_b) o
        FULL JOIN %1$s_new n ON n.id = o.id AND n.kind = o.kind"""
        .formatted(tables);
  }
}
