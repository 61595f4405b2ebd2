package dev.kedge.plan;

import dev.kedge.spec.TableName;
import java.util.List;

/**
 * A table whose rows of the same key are part of the source row.
 *
 * @param optional whether a source row without a counterpart still makes a target row
 * @param key its key's columns as sources, in the order of the move's key, whose columns they pair
 *     with as targets; of the same types
 * @param columns its columns that expressions may read, with the names they have there
 */
public record JoinedTable(
    TableName table, boolean optional, List<KeyColumn> key, List<Named> columns) {
  public JoinedTable {
    key = List.copyOf(key);
    columns = List.copyOf(columns);
  }

  /**
   * A column of the joined row.
   *
   * @param column its name in its table
   * @param name its name in the joined row: the same, or {@code table_column} where the source or a
   *     table joined before has one of that name
   */
  public record Named(String column, String name) {}
}
