package dev.kedge.bench.stress;

import java.util.SplittableRandom;

/**
 * A table in four ranges of its key to one in three by its hash, and the way back: a changed key
 * moves its row between partitions.
 *
 * @param tables how the names of its tables begin
 */
record PartitionedShape(String tables) implements Shape {
  static Shape make(String prefix, SplittableRandom random) {
    return new PartitionedShape(prefix + "_part");
  }

  @Override
  public String migration() {
    return tables.replace('_', '-');
  }

  @Override
  public String schema() {
    return """
        CREATE TABLE %1$s_old (
          id bigint PRIMARY KEY, code text NOT NULL, amount numeric(14,2) NOT NULL, note text,
          tag int NOT NULL) PARTITION BY RANGE (id);
        CREATE TABLE %1$s_old_1 PARTITION OF %1$s_old FOR VALUES FROM (MINVALUE) TO (300000);
        CREATE TABLE %1$s_old_2 PARTITION OF %1$s_old FOR VALUES FROM (300000) TO (700000);
        CREATE TABLE %1$s_old_3 PARTITION OF %1$s_old FOR VALUES FROM (700000) TO (1200000);
        CREATE TABLE %1$s_old_4 PARTITION OF %1$s_old DEFAULT"""
        .formatted(tables);
  }

  @Override
  public String cleanup() {
    return "DROP TABLE IF EXISTS %1$s_old, %1$s_new".formatted(tables);
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
          id bigint PRIMARY KEY, code text NOT NULL, cents bigint NOT NULL, note text,
          tag int NOT NULL) PARTITION BY HASH (id)
      - CREATE TABLE %1$s_new_1 PARTITION OF %1$s_new FOR VALUES WITH (MODULUS 3, REMAINDER 0)
      - CREATE TABLE %1$s_new_2 PARTITION OF %1$s_new FOR VALUES WITH (MODULUS 3, REMAINDER 1)
      - CREATE TABLE %1$s_new_3 PARTITION OF %1$s_new FOR VALUES WITH (MODULUS 3, REMAINDER 2)
    moves:
      - from: %1$s_old
        to: %1$s_new
        columns: { cents: (amount * 100)::bigint }
        reverse: { amount: cents / 100.0 }
    backfill: { lanes: 3, chunk: 200ms }
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
    return new TableSide(tables + "_new", "cents", true, false, false);
  }

  @Override
  public boolean guarded() {
    return true;
  }

  @Override
  public boolean followsBack() {
    return true;
  }

  @Override
  public String oracle() {
    return """
        SELECT coalesce(o.id, n.id) AS id,
          CASE WHEN n.id IS NULL THEN 'lost' WHEN o.id IS NULL THEN 'ghost'
            WHEN o.code <> n.code OR o.amount <> n.cents / 100.0 OR o.note IS DISTINCT FROM n.note
              OR o.tag <> n.tag THEN 'stale'
            ELSE 'same' END AS kind
        FROM %1$s_old o
        FULL JOIN %1$s_new n ON n.id = o.id"""
        .formatted(tables);
  }
}
