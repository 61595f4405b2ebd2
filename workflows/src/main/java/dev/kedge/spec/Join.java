package dev.kedge.spec;

import java.util.Objects;

/**
 * A table whose row is joined to the source row of the same key.
 *
 * @param optional whether a source row without a counterpart still makes a target row, with NULL
 *     for what the counterpart would have given
 */
public record Join(TableName table, boolean optional) {
  public Join {
    Objects.requireNonNull(table, "table");
  }
}
