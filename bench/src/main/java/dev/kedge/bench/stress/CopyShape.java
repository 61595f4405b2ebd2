package dev.kedge.bench.stress;

import java.util.SplittableRandom;

/**
 * One table to another, row by row: an expression, a unique index beside the key, a foreign key
 * that cascades, and the way back.
 *
 * @param tables how the names of its tables begin
 * @param deferrable whether codes are unique at the end of a transaction only
 * @param atEveryCommit whether the new side follows by triggers until the handover
 */
record CopyShape(String tables, boolean deferrable, boolean atEveryCommit) implements Shape {
  static Shape make(String prefix, SplittableRandom random) {
    return new CopyShape(prefix + "_copy", random.nextBoolean(), false);
  }

  static Shape makeSynchronous(String prefix, SplittableRandom random) {
    return new CopyShape(prefix + "_sync", random.nextBoolean(), true);
  }

  @Override
  public String migration() {
    return tables.replace('_', '-');
  }

  @Override
  public String schema() {
    return """
        CREATE TABLE %1$s_parent (id bigint PRIMARY KEY);
        INSERT INTO %1$s_parent SELECT generate_series(1, 40);
        CREATE TABLE %1$s_old (
          id bigint PRIMARY KEY, code text NOT NULL, amount numeric(14,2) NOT NULL, note text,
          tag int NOT NULL,
          parent bigint REFERENCES %1$s_parent ON DELETE CASCADE ON UPDATE CASCADE,
          CONSTRAINT %1$s_old_code UNIQUE (code) %2$s);
        CREATE INDEX ON %1$s_old (parent)"""
        .formatted(tables, unique());
  }

  private String unique() {
    return deferrable ? "DEFERRABLE" : "";
  }

  @Override
  public String cleanup() {
    return "DROP TABLE IF EXISTS %1$s_old, %1$s_new, %1$s_parent".formatted(tables);
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
          tag int NOT NULL,
          parent bigint REFERENCES %1$s_parent ON DELETE CASCADE ON UPDATE CASCADE,
          CONSTRAINT %1$s_new_code UNIQUE (code) %3$s)
      - CREATE INDEX %1$s_new_parent ON %1$s_new (parent)
      - CREATE INDEX %1$s_new_cents ON %1$s_new (cents)
    moves:
      - from: %1$s_old
        to: %1$s_new
        columns: { cents: (amount * 100)::bigint }
        reverse: { amount: cents / 100.0 }
        sync: %4$s
    backfill: { lanes: 3, chunk: 200ms }
    cutover: { stability: 1s }
    contract:
      - DROP TABLE %1$s_old
    approvals:
      contract: { count: 2 }
    """
        .formatted(tables, migration(), unique(), atEveryCommit ? "synchronous" : "trailing");
  }

  @Override
  public Side old() {
    return new TableSide(tables + "_old", "amount", false, deferrable, true);
  }

  @Override
  public Side next() {
    return new TableSide(tables + "_new", "cents", true, deferrable, true);
  }

  @Override
  public String parents() {
    return tables + "_parent";
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
              OR o.tag <> n.tag OR o.parent IS DISTINCT FROM n.parent THEN 'stale'
            ELSE 'same' END AS kind
        FROM %1$s_old o
        FULL JOIN %1$s_new n ON n.id = o.id"""
        .formatted(tables);
  }
}
