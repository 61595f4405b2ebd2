package dev.kedge.spec;

import org.jspecify.annotations.Nullable;

/**
 * A bound of a signal.
 *
 * @param bound what the signal may come to, in its unit; reached or above, it acts
 * @param name of a query, unique among all of the spec; null for any other signal
 * @param sql the query: one SELECT that returns one number; null for any other signal
 */
public record Limit(Signal signal, double bound, @Nullable String name, @Nullable String sql) {
  /** A bound of a signal that is no query. */
  public Limit(Signal signal, double bound) {
    this(signal, bound, null, null);
  }

  /** What people call it: the signal, or the query's name. */
  public String label() {
    return name == null ? signal.label() : name;
  }
}
