package dev.kedge.embedded.e2e;

/** The specs of these tests. */
final class Specs {
  private Specs() {}

  /** Half a million balances become cents, in place. */
  static String balances(int lanes) {
    return """
    kedge: 1
    migration: balances
    database: app
    expand:
      - ALTER TABLE accounts ADD COLUMN balance_cents bigint
    moves:
      - from: accounts
        to: accounts
        columns: { balance_cents: balance * 100 }
        fires: [a_touch]
    backfill: { lanes: %d, chunk: 50ms }
    contract:
      - ALTER TABLE accounts DROP COLUMN balance
    """
        .formatted(lanes);
  }

  /** Orders are copied to a new shape; the old one follows from writes on. */
  static String orders() {
    return """
    kedge: 1
    migration: orders
    database: app
    expand:
      - CREATE TABLE orders_v2 (id bigint PRIMARY KEY, customer_id int NOT NULL, amount_cents bigint NOT NULL, note text)
      - CREATE INDEX orders_v2_by_customer ON orders_v2 (customer_id)
    moves:
      - from: orders
        to: orders_v2
        columns:
          customer_id: customer
          amount_cents: (amount * 100)::bigint
        reverse:
          customer: customer_id
          amount: amount_cents / 100.0
    backfill: { lanes: 3, chunk: 50ms }
    cutover:
      stability: 1s
    contract:
      - DROP TABLE orders
    approvals:
      contract: { count: 2 }
    """;
  }

  /** The same beside a move in place, with a gate before the first change. */
  static String ordersAndEntries() {
    return """
    kedge: 1
    migration: orders
    database: app
    expand:
      - CREATE TABLE orders_v2 (id bigint PRIMARY KEY, customer_id int NOT NULL, amount_cents bigint NOT NULL, note text)
      - CREATE INDEX orders_v2_by_customer ON orders_v2 (customer_id)
      - ALTER TABLE ledger_entries ADD COLUMN amount numeric(20,2)
    moves:
      - from: orders
        to: orders_v2
        columns:
          customer_id: customer
          amount_cents: (amount * 100)::bigint
        reverse:
          customer: customer_id
          amount: amount_cents / 100.0
      - from: ledger_entries
        to: ledger_entries
        columns: { amount: cents / 100.0 }
        reverse: { cents: (amount * 100)::bigint }
    backfill: { lanes: 2, chunk: 50ms }
    cutover:
      stability: 1s
    contract:
      - DROP TABLE orders
      - ALTER TABLE ledger_entries DROP COLUMN cents
    approvals:
      expand: { count: 1 }
    """;
  }

  /** Two tables become one. */
  static String contacts() {
    return """
    kedge: 1
    migration: contacts
    database: app
    expand:
      - CREATE TABLE contacts (kind text NOT NULL, id bigint NOT NULL, value text NOT NULL, PRIMARY KEY (kind, id))
    moves:
      - from: phones
        to: contacts
        columns: { kind: "'phone'", value: number }
        owns: kind = 'phone'
      - from: mails
        to: contacts
        columns: { kind: "'mail'", value: address }
        owns: kind = 'mail'
    cutover:
      stability: 1s
    contract:
      - DROP TABLE phones
      - DROP TABLE mails
    """;
  }
}
