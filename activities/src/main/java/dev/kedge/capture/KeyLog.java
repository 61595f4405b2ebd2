package dev.kedge.capture;

import dev.kedge.plan.JoinedTable;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import dev.kedge.spec.TableName;

/**
 * The log of the keys that one side's application changes. It holds keys only, under the id of the
 * transaction that changed them; a row whose key columns are NULL says that the table was emptied.
 *
 * @param name the table's name in schema {@code kedge}
 * @param captured whose keys it holds
 * @param key the key's columns there; in the log they are k1, k2 …
 */
public record KeyLog(String name, TableName captured, KeySide key) {
  /** Of the source, while the old side is written. */
  public static KeyLog forward(long migration, MovePlan move) {
    return new KeyLog(
        "log_" + migration + "_" + move.number(), move.source(), Projection.sourceKey(move));
  }

  /**
   * The source's log, as a table that is joined to it writes there: its own key, in the same order.
   *
   * @param join its number, from 1
   */
  static KeyLog joined(long migration, MovePlan move, int join) {
    JoinedTable joined = move.joins().get(join - 1);
    return new KeyLog(
        forward(migration, move).name(), joined.table(), Projection.joinedKey(joined));
  }

  /** Of the target, while the new side is written. */
  public static KeyLog reverse(long migration, MovePlan move) {
    return new KeyLog(
        "log_" + migration + "_" + move.number() + "_r", move.target(), Projection.targetKey(move));
  }

  /** The table, quoted. */
  public String table() {
    return "kedge." + Quoting.name(name);
  }

  /** The key's columns of the log. */
  public KeySide columns() {
    return new KeySide(
        java.util.stream.IntStream.rangeClosed(1, key.names().size())
            .mapToObj(i -> "k" + i)
            .toList(),
        key.types());
  }
}
