package dev.kedge.throttle;

import dev.kedge.spec.Limit;

/** A bound of the spec and what its signal came to. */
record Reading(Guard guard, Limit limit, Value value) {
  /** Whether the signal could be read. */
  boolean known() {
    return value.number() != null;
  }

  /** The signal over its bound: 1 and more is at or beyond it. Of what is known only. */
  double ratio() {
    Double number = value.number();
    if (number == null) {
      throw new IllegalStateException(limit.label() + " is not known");
    }
    double ratio = limit.bound() > 0 ? number / limit.bound() : 0;
    return number >= limit.bound() ? Math.max(1, ratio) : Math.min(ratio, 0.999);
  }

  boolean reached() {
    return known() && ratio() >= 1;
  }

  /** Which bound this is, among all of the spec. */
  String id() {
    return guard.label() + "/" + limit.label();
  }

  /** As in {@code replicationLag 3.2s of 2s}. */
  String words() {
    Double number = value.number();
    return number == null
        ? limit.label() + " cannot be read: " + value.problem()
        : "%s %s of %s".formatted(limit.label(), amount(number), amount(limit.bound()));
  }

  private String amount(double value) {
    return value >= SignalSql.LOST ? "(lost)" : limit.signal().unit().format(value);
  }
}
