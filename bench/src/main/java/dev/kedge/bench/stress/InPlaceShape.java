package dev.kedge.bench.stress;

import java.util.SplittableRandom;

/**
 * A new column of the same table, with the way back. Both columns may be written at any time after
 * the handover, as by two versions of an application.
 *
 * @param tables how the names of its tables begin
 */
record InPlaceShape(String tables) implements Shape {
  static Shape make(String prefix, SplittableRandom random) {
    return new InPlaceShape(prefix + "_inplace");
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
        CREATE TABLE %1$s_rows (
          id bigint PRIMARY KEY, code text NOT NULL UNIQUE, amount numeric(14,2) NOT NULL,
          note text, tag int NOT NULL,
          parent bigint REFERENCES %1$s_parent ON DELETE CASCADE ON UPDATE CASCADE);
        CREATE INDEX ON %1$s_rows (parent)"""
        .formatted(tables);
  }

  @Override
  public String cleanup() {
    return "DROP TABLE IF EXISTS %1$s_rows, %1$s_parent".formatted(tables);
  }

  @Override
  public String spec() {
    return """
    kedge: 1
    migration: %2$s
    owner: stress
    database: app
    expand:
      - ALTER TABLE %1$s_rows ADD COLUMN cents bigint
    moves:
      - from: %1$s_rows
        to: %1$s_rows
        columns: { cents: (amount * 100)::bigint }
        reverse: { amount: cents / 100.0 }
    backfill: { lanes: 3, chunk: 50ms }
    cutover: { stability: 1s }
    contract:
      - ALTER TABLE %1$s_rows DROP COLUMN amount
    approvals:
      contract: { count: 2 }
    """
        .formatted(tables, migration());
  }

  @Override
  public Side old() {
    return new TableSide(tables + "_rows", "amount", false, false, true);
  }

  @Override
  public Side next() {
    return new TableSide(tables + "_rows", "cents", true, false, true);
  }

  @Override
  public String parents() {
    return tables + "_parent";
  }

  @Override
  public boolean guarded() {
    return false;
  }

  @Override
  public boolean followsBack() {
    return true;
  }

  @Override
  public String oracle() {
    return """
        SELECT id,
          CASE WHEN cents IS NULL THEN 'lost' WHEN amount <> cents / 100.0 THEN 'stale'
            ELSE 'same' END AS kind
        FROM %1$s_rows"""
        .formatted(tables);
  }
}
