package dev.kedge.projection;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys in {@code (lo, hi]}, one element a column, as text from the server.
 *
 * @param lo the key before the first; null for before every key
 * @param hi the last key; null for after every key
 */
public record KeyRange(@Nullable List<String> lo, @Nullable List<String> hi) implements KeyScope {
  /** Every key. */
  public static final KeyRange ALL = new KeyRange(null, null);

  public KeyRange {
    lo = lo == null ? null : List.copyOf(lo);
    hi = hi == null ? null : List.copyOf(hi);
  }
}
