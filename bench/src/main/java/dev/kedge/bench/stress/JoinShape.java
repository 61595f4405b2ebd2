package dev.kedge.bench.stress;

import java.util.SplittableRandom;

/**
 * Two tables of one key to one: rows that have both halves. Now and then a transaction writes one
 * half only, beside another that writes the other.
 *
 * @param tables how the names of its tables begin
 */
record JoinShape(String tables) implements Shape {
  static Shape make(String prefix, SplittableRandom random) {
    return new JoinShape(prefix + "_join");
  }

  @Override
  public String migration() {
    return tables.replace('_', '-');
  }

  @Override
  public String schema() {
    return """
        CREATE TABLE %1$s_texts (id bigint PRIMARY KEY, code text NOT NULL UNIQUE, note text);
        CREATE TABLE %1$s_amounts (
          id bigint PRIMARY KEY, amount numeric(14,2) NOT NULL, tag int NOT NULL)"""
        .formatted(tables);
  }

  @Override
  public String cleanup() {
    return "DROP TABLE IF EXISTS %1$s_texts, %1$s_amounts, %1$s_new".formatted(tables);
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
          id bigint PRIMARY KEY, code text NOT NULL UNIQUE, cents bigint NOT NULL, note text,
          tag int NOT NULL)
    moves:
      - from: { main: %1$s_texts, join: [%1$s_amounts] }
        to: %1$s_new
        columns: { cents: (amount * 100)::bigint }
    backfill: { lanes: 3, chunk: 200ms }
    cutover: { stability: 1s }
    contract:
      - DROP TABLE %1$s_texts
      - DROP TABLE %1$s_amounts
    approvals:
      contract: { count: 2 }
    """
        .formatted(tables, migration());
  }

  @Override
  public Side old() {
    return new HalvesSide(tables + "_texts", tables + "_amounts", "amount", false);
  }

  @Override
  public Side next() {
    return new TableSide(tables + "_new", "cents", true, false, false);
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
        FROM (SELECT * FROM %1$s_texts JOIN %1$s_amounts USING (id)) o
        FULL JOIN %1$s_new n ON n.id = o.id"""
        .formatted(tables);
  }
}
