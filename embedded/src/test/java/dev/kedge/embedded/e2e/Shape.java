package dev.kedge.embedded.e2e;

import java.math.BigDecimal;

/** The two shapes of the orders, as an application in the middle of a migration knows them. */
enum Shape {
  OLD("orders", "customer", "amount") {
    @Override
    Object amount(long cents) {
      return BigDecimal.valueOf(cents, 2);
    }

    @Override
    long cents(BigDecimal amount) {
      return amount.movePointRight(2).longValueExact();
    }
  },
  NEW("orders_v2", "customer_id", "amount_cents") {
    @Override
    Object amount(long cents) {
      return cents;
    }

    @Override
    long cents(BigDecimal amount) {
      return amount.longValueExact();
    }
  };

  private final String table;
  private final String customer;
  private final String amount;

  Shape(String table, String customer, String amount) {
    this.table = table;
    this.customer = customer;
    this.amount = amount;
  }

  abstract Object amount(long cents);

  abstract long cents(BigDecimal amount);

  Shape other() {
    return this == OLD ? NEW : OLD;
  }

  String select() {
    return "SELECT %s, %s, note FROM %s WHERE id = ?".formatted(customer, amount, table);
  }

  String all() {
    return "SELECT id, %s, %s, note FROM %s".formatted(customer, amount, table);
  }

  String insert() {
    return "INSERT INTO %s (%s, %s, note, id) VALUES (?, ?, ?, ?)"
        .formatted(table, customer, amount);
  }

  String update() {
    return "UPDATE %s SET %s = ?, %s = ?, note = ? WHERE id = ?".formatted(table, customer, amount);
  }

  String move() {
    return "UPDATE %s SET id = ? WHERE id = ?".formatted(table);
  }

  String delete() {
    return "DELETE FROM %s WHERE id = ?".formatted(table);
  }
}
