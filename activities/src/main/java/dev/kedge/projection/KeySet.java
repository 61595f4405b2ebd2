package dev.kedge.projection;

import java.util.ArrayList;
import java.util.List;

/**
 * Keys one by one, as text from the server. Spellings are kept apart: {@code 1.0} and {@code 1.00}
 * may both be here.
 *
 * @param columns one list a key column, all of one length
 */
public record KeySet(List<List<String>> columns) implements KeyScope {
  public KeySet {
    columns = columns.stream().map(List::copyOf).toList();
    if (columns.isEmpty() || columns.stream().mapToInt(List::size).distinct().count() != 1) {
      throw new IllegalArgumentException("a key set has one list a key column, of one length");
    }
  }

  /** The set of {@code keys}, one element a column each. */
  public static KeySet of(int columns, List<List<String>> keys) {
    List<List<String>> lists = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      int column = i;
      lists.add(keys.stream().map(key -> key.get(column)).toList());
    }
    return new KeySet(lists);
  }

  public int size() {
    return columns.get(0).size();
  }
}
