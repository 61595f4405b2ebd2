package dev.kedge.plan;

import dev.kedge.plan.Catalog.Table;
import dev.kedge.spec.Spec;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Foreign keys that point at a copy's target. A row that others refer to is updated, or deleted and
 * inserted in one statement, which NO ACTION allows; any other action would reach into the table
 * that refers. And nobody may refer to a row before it is copied: the table that refers is made by
 * expand, and no move fills it.
 */
final class References {
  private static final Pattern ACTION = Pattern.compile(" ON (DELETE|UPDATE) ");
  private static final String DROP_TABLE = "DROP TABLE IF EXISTS ";

  private final Spec spec;
  private final Catalog catalog;

  References(Spec spec, Catalog catalog) {
    this.spec = spec;
    this.catalog = catalog;
  }

  /** Those that a copy into {@code target} could not keep, as the catalog words them. */
  List<String> inTheWay(Table target) {
    List<String> fresh =
        catalog.expand().stream()
            .flatMap(rehearsal -> rehearsal.undo().stream())
            .filter(undo -> undo.startsWith(DROP_TABLE))
            .map(undo -> undo.substring(DROP_TABLE.length()))
            .filter(table -> !isFilled(table))
            .toList();
    return target.referencedBy().stream()
        .filter(
            reference ->
                ACTION.matcher(reference).find()
                    || fresh.stream().noneMatch(table -> reference.startsWith(table + " ")))
        .toList();
  }

  private boolean isFilled(String table) {
    return spec.moves().stream().anyMatch(move -> Quoting.readable(move.to()).equals(table));
  }
}
