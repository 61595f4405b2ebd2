package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** All migrations, running and ended. */
@Command(
    name = "list",
    description = {
      "Lists all migrations, running and ended.",
      "They come from the registries of the workers' databases, and from Temporal's visibility",
      "where it has one."
    },
    footer = {"Example:", "  kedge list -o json"})
final class ListCommand extends Verb {
  private static final String FORM = "kedge.list/1";

  @Override
  ExitCode run() {
    try (Session session = open()) {
      Listing listing = new Listing(session);
      List<ListedMigration> all = listing.all();
      show(all);
      listing.remark().ifPresent(this::say);
      return ExitCode.OK;
    }
  }

  private void show(List<ListedMigration> all) {
    if (common().json()) {
      Map<String, Object> root = new LinkedHashMap<>();
      root.put("form", FORM);
      root.put("migrations", all);
      out().println(Json.pretty(root));
    } else if (all.isEmpty()) {
      say("no migrations");
    } else {
      out().println(ListTable.of(all));
    }
  }
}
