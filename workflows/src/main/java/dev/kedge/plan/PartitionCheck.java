package dev.kedge.plan;

import dev.kedge.plan.Catalog.Table;
import dev.kedge.spec.Move;
import dev.kedge.spec.Sync;
import java.util.ArrayList;
import java.util.List;

/** What partitioned tables cannot be part of yet: everything but a copy of one table to another. */
final class PartitionCheck {
  private final Catalog catalog;
  private final Objections objections;

  PartitionCheck(Catalog catalog, Objections objections) {
    this.catalog = catalog;
    this.objections = objections;
  }

  /** Whether the move may have these tables; refused when not. */
  boolean fits(Move move, Table source, Table target) {
    int before = objections.refusals().size();
    List<Table> partitioned = new ArrayList<>(List.of(source, target));
    move.joins()
        .forEach(join -> Catalog.find(catalog.before(), join.table()).ifPresent(partitioned::add));
    partitioned.removeIf(table -> !table.isPartitioned());
    partitioned.forEach(table -> refuse(move, table));
    if (target.isPartitioned() && !target.foreignKeys().isEmpty()) {
      refuse(
          target,
          "has foreign keys, which stay while it is filled: a row may come before the one it refers"
              + " to ("
              + String.join(", ", target.foreignKeys())
              + ")",
          "create the foreign keys in contract");
    }
    return objections.refusals().size() == before;
  }

  private void refuse(Move move, Table table) {
    if (move.inPlace()) {
      refuse(table, "is to be filled in place", "copy it to another table");
    }
    if (!move.joins().isEmpty()) {
      refuse(table, "is part of a join", "copy its rows to a plain table first");
    }
    if (move.owns() != null) {
      refuse(table, "is part of a union", "copy to a plain table");
    }
    if (move.sync() == Sync.SYNCHRONOUS) {
      refuse(table, "is to follow at every commit", "leave sync: synchronous out");
    }
  }

  /** Refuses a target whose key holds constants beside the source's key. */
  void refuseBeside(Table target, List<String> beside) {
    if (target.isPartitioned() && !beside.isEmpty()) {
      refuse(
          target,
          "has constants in its key (" + String.join(", ", beside) + ")",
          "leave them out of the key");
    }
  }

  private void refuse(Table table, String why, String help) {
    objections.refuse(
        RefusalCodes.TABLE_KIND,
        table.name().toString(),
        "it is partitioned and " + why + "; this comes later",
        help);
  }
}
