package dev.kedge.bench.stress;

import java.util.SplittableRandom;

/**
 * The rows of a table that match a condition, which every update may change. The old side does not
 * follow: it would have to hold rows that do not match.
 *
 * @param tables how the names of its tables begin
 */
record FilterShape(String tables) implements Shape {
  private static final long BELOW_CENTS = 60_000;

  static Shape make(String prefix, SplittableRandom random) {
    return new FilterShape(prefix + "_filter");
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
          id bigint PRIMARY KEY, code text NOT NULL UNIQUE, cents bigint NOT NULL, note text,
          tag int NOT NULL)
    moves:
      - from: %1$s_old
        to: %1$s_new
        where: amount < 600
        columns: { cents: (amount * 100)::bigint }
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
    return false;
  }

  @Override
  public boolean keeps(Item item) {
    return item.cents() < BELOW_CENTS;
  }

  @Override
  public String oracle() {
    return """
        SELECT coalesce(o.id, n.id) AS id,
          CASE WHEN n.id IS NULL THEN 'lost' WHEN o.id IS NULL THEN 'ghost'
            WHEN o.code <> n.code OR o.amount <> n.cents / 100.0 OR o.note IS DISTINCT FROM n.note
              OR o.tag <> n.tag THEN 'stale'
            ELSE 'same' END AS kind
        FROM (SELECT * FROM %1$s_old WHERE amount < 600) o
        FULL JOIN %1$s_new n ON n.id = o.id"""
        .formatted(tables);
  }
}
