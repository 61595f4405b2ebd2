package dev.kedge.bench.stress;

import java.util.SplittableRandom;

/**
 * One table to two: texts with their unique code here, amounts there. A transaction of the new
 * application writes both, so both must be handed over at one moment.
 *
 * @param tables how the names of its tables begin
 */
record SplitShape(String tables) implements Shape {
  static Shape make(String prefix, SplittableRandom random) {
    return new SplitShape(prefix + "_split");
  }

  @Override
  public String migration() {
    return tables.replace('_', '-');
  }

  @Override
  public String schema() {
    return """
        CREATE TABLE %1$s_old (
          id bigint PRIMARY KEY, code text NOT NULL UNIQUE, amount numeric(14,2) NOT NULL,
          note text, tag int NOT NULL)"""
        .formatted(tables);
  }

  @Override
  public String cleanup() {
    return "DROP TABLE IF EXISTS %1$s_old, %1$s_texts, %1$s_amounts".formatted(tables);
  }

  @Override
  public String spec() {
    return """
    kedge: 1
    migration: %2$s
    owner: stress
    database: app
    expand:
      - CREATE TABLE %1$s_texts (id bigint PRIMARY KEY, code text NOT NULL UNIQUE, note text)
      - CREATE TABLE %1$s_amounts (id bigint PRIMARY KEY, cents bigint NOT NULL, tag int NOT NULL)
    moves:
      - from: %1$s_old
        to: %1$s_texts
      - from: %1$s_old
        to: %1$s_amounts
        columns: { cents: (amount * 100)::bigint }
    backfill: { lanes: 2, chunk: 200ms }
    cutover: { stability: 1s }
    contract:
      - DROP TABLE %1$s_old
    approvals:
      contract: { count: 2 }
    """
        .formatted(tables, migration());
  }

  @Override
  public Side old() {
    return new TableSide(tables + "_old", "amount", false, false, false);
  }

  @Override
  public Side next() {
    return new HalvesSide(tables + "_texts", tables + "_amounts", "cents", true);
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
        SELECT coalesce(o.id, t.id, a.id) AS id,
          CASE WHEN t.id IS NULL OR a.id IS NULL THEN 'lost' WHEN o.id IS NULL THEN 'ghost'
            WHEN o.code <> t.code OR o.note IS DISTINCT FROM t.note OR o.amount <> a.cents / 100.0
              OR o.tag <> a.tag THEN 'stale'
            ELSE 'same' END AS kind
        FROM %1$s_old o
        FULL JOIN %1$s_texts t ON t.id = o.id
        FULL JOIN %1$s_amounts a ON a.id = coalesce(o.id, t.id)"""
        .formatted(tables);
  }
}
