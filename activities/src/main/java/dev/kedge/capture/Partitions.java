package dev.kedge.capture;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.TableName;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the engine asks of a copy's partitions. Their tree is read as of now even by a transaction
 * whose snapshot is older, so whoever reads or writes a partitioned side asks twice: before,
 * whether what its snapshot sees was taken in ({@link CaptureState#check}), and after, whether it
 * met only what was ({@link #confirm}). A partition that it met cannot go before it commits.
 */
public final class Partitions {
  private Partitions() {}

  /**
   * To be the last that a transaction does which has read or written a side. Fails with {@link
   * PartitionsChanged} when it may have met partitions that nobody has noted.
   */
  public static void confirm(Sql sql, long migration, MovePlan move) throws SQLException {
    boolean same =
        sql.first(
                PartitionSql.SAME_MEMBERS,
                row -> row.getBoolean("same"),
                Quoting.table(move.source()),
                Quoting.table(move.target()),
                migration,
                move.number())
            .orElse(true);
    if (!same) {
      throw new PartitionsChanged(move);
    }
  }

  /**
   * Fails with {@link PartitionsChanged} while the keys of partitions that came, went or were
   * emptied are not all in the log: until then a difference may have no explanation there.
   */
  public static void requireSettled(Sql sql, long migration, MovePlan move) throws SQLException {
    require(PartitionSql.IS_SETTLED, sql, migration, move);
  }

  /**
   * Fails with {@link PartitionsChanged} while keys of partitions that went or were emptied are not
   * all in the log. A round of the tail leaves nothing behind that its snapshot says is gone.
   */
  public static void requireLogged(Sql sql, long migration, MovePlan move) throws SQLException {
    require(PartitionSql.IS_LOGGED, sql, migration, move);
  }

  private static void require(String query, Sql sql, long migration, MovePlan move)
      throws SQLException {
    boolean settled =
        sql.first(query, row -> row.getBoolean("settled"), migration, move.number()).orElse(true);
    if (!settled) {
      throw new PartitionsChanged(move);
    }
  }

  /** Whether a side of the move is partitioned. */
  public static boolean isPartitioned(Sql sql, long migration, MovePlan move) throws SQLException {
    return sql.first(
            PartitionSql.FOLLOWS, row -> row.getBoolean("partitioned"), migration, move.number())
        .orElse(false);
  }

  /**
   * Fails with {@link PartitionsChanged} unless the partitions that the transaction's snapshot sees
   * are the ones that were taken in. Returns whether there is a partitioned side at all.
   */
  public static boolean requireTakenIn(Sql sql, long migration, MovePlan move) throws SQLException {
    CaptureState.Look look = CaptureState.look(sql, migration, move);
    if (look.tree() != null && !look.tree().equals(look.treeNow())) {
      throw new PartitionsChanged(move);
    }
    requireSettled(sql, migration, move);
    return look.tree() != null || look.treeNow() != null;
  }

  /**
   * Remembers the partitions there are. One that came after the others got their triggers is still
   * to be taken in.
   */
  static void remember(Sql sql, long migration, MovePlan move, CaptureState.Look look)
      throws SQLException {
    if (look.treeNow() == null) {
      return;
    }
    Tree tree = Tree.parse(look.treeNow());
    Map<String, Table> tables = tables(sql, move, tree);
    Set<String> lacking = lacking(sql, migration, move);
    sql.update(
        PartitionSql.REMEMBER,
        look.treeNow(),
        tree.members(),
        PartitionWork.writeBounds(bounds(tables)),
        PartitionWork.write(
            tree.nodes().stream()
                .filter(node -> lacking.contains(node.oid()))
                .map(node -> came(node, tables))
                .toList()),
        migration,
        move.number());
  }

  private static Set<String> lacking(Sql sql, long migration, MovePlan move) throws SQLException {
    Set<String> lacking = new HashSet<>();
    for (TableName root : List.of(move.source(), move.target())) {
      PartitionedSide.lacking(sql, CaptureNames.of(migration, move), root)
          .forEach(member -> lacking.add(member.oid()));
    }
    return lacking;
  }

  /** A table that has come. */
  static PartitionWork came(Tree.Node node, Map<String, Table> tables) {
    Table table = Objects.requireNonNull(tables.get(node.oid()));
    return new PartitionWork(node.side(), node.oid(), table.hasRows() ? table.bound() : null, true);
  }

  /** Forgets all about them. */
  static void forget(Sql sql, long migration, int move) throws SQLException {
    sql.update(PartitionSql.FORGET, migration, move);
    sql.update(PartitionSql.FORGET_EMPTIED, migration, move);
  }

  /**
   * A table of a tree.
   *
   * @param name quoted
   * @param kind {@code pg_class.relkind}
   * @param bound which keys it may have; empty for a root
   */
  record Table(String oid, String name, String kind, String bound) {
    boolean hasRows() {
      return !kind.equals("p");
    }
  }

  /**
   * The tables of a tree by oid. Fails with {@link PartitionsChanged} when one is no part of it any
   * more: then what its bound was is not known.
   */
  static Map<String, Table> tables(Sql sql, MovePlan move, Tree tree) throws SQLException {
    List<String> oids = tree.nodes().stream().map(Tree.Node::oid).toList();
    Map<String, Table> tables =
        tables(sql, oids).stream().collect(Collectors.toMap(Table::oid, table -> table));
    for (Tree.Node node : tree.nodes()) {
      Table table = tables.get(node.oid());
      if (table == null || table.bound().isEmpty() != node.isRoot()) {
        throw new PartitionsChanged(move);
      }
    }
    return tables;
  }

  /** Those of the tables that are there. */
  static List<Table> tables(Sql sql, List<String> oids) throws SQLException {
    return sql.list(
        PartitionSql.TABLES,
        row -> {
          String bound = row.getString("bound");
          return new Table(
              row.getString("oid"),
              row.getString("name"),
              row.getString("kind"),
              bound == null ? "" : bound);
        },
        oids);
  }

  /** The bounds of those that have rows. */
  static Map<String, String> bounds(Map<String, Table> tables) {
    Map<String, String> bounds = new HashMap<>();
    for (Table table : tables.values()) {
      if (table.hasRows() && !table.bound().isEmpty()) {
        bounds.put(table.oid(), table.bound());
      }
    }
    return bounds;
  }
}
