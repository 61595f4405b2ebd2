package dev.kedge.plan;

import dev.kedge.plan.Catalog.Owner;
import dev.kedge.plan.Catalog.Publication;
import dev.kedge.spec.Move;
import dev.kedge.spec.Spec;
import dev.kedge.spec.TableName;
import java.util.List;

/** What the server as a whole forbids: standbys, publications, other migrations. */
final class DatabaseCheck {
  private final Spec spec;
  private final Catalog catalog;
  private final Objections objections;

  DatabaseCheck(Spec spec, Catalog catalog, Objections objections) {
    this.spec = spec;
    this.catalog = catalog;
    this.objections = objections;
  }

  void check() {
    if (catalog.inRecovery()) {
      objections.refuse(
          RefusalCodes.STANDBY,
          spec.database(),
          "the connected server is in recovery: a standby takes no writes",
          "give the workers the URL of the primary, or add targetServerType=primary to it");
    }
    catalog.publications().forEach(this::check);
    catalog.owners().forEach(this::check);
  }

  /** What we write would stop a subscriber that lacks the table or the column. */
  private void check(Publication publication) {
    List<TableName> targets = spec.moves().stream().map(Move::to).distinct().toList();
    List<String> carried =
        publication.tables().stream().filter(targets::contains).map(TableName::toString).toList();
    if (!publication.allTables() && carried.isEmpty()) {
      return;
    }
    String what =
        publication.allTables()
            ? "it carries all tables, Kedge's own and the target included"
            : "it carries " + String.join(", ", carried);
    String who =
        publication.subscribers().isEmpty()
            ? ""
            : "; subscribed by " + String.join(", ", publication.subscribers());
    objections.refuse(
        RefusalCodes.PUBLICATION,
        "publication " + publication.name(),
        what + ", and a subscriber that lacks a table or column of it stops replicating" + who,
        publication.allTables()
            ? "publish a list of tables instead of FOR ALL TABLES, without the target"
            : "take "
                + String.join(", ", carried)
                + " out of it until the migration is done, or change the subscribers first");
  }

  private void check(Owner owner) {
    if (!owner.migration().equals(spec.migration())) {
      objections.refuse(
          RefusalCodes.OWNED,
          owner.table().toString(),
          "migration " + owner.migration() + " works on it since " + owner.since(),
          "wait for it, or stop it: kedge status " + owner.migration());
    }
  }
}
