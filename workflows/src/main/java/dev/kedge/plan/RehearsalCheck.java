package dev.kedge.plan;

import dev.kedge.plan.Catalog.Rehearsal;
import dev.kedge.spec.Spec;
import dev.kedge.spec.Statement;
import java.util.List;
import java.util.stream.Collectors;

/** What expand and contract did to empty clones, and whether that can be let near the tables. */
final class RehearsalCheck {
  private final Spec spec;
  private final Catalog catalog;
  private final Objections objections;

  RehearsalCheck(Spec spec, Catalog catalog, Objections objections) {
    this.spec = spec;
    this.catalog = catalog;
    this.objections = objections;
  }

  void check() {
    for (int i = 0; i < spec.expand().size(); i++) {
      if (!checkExpand(i)) {
        // What comes after it was rehearsed on tables that are not as they will be.
        return;
      }
    }
    for (int i = 0; i < spec.contract().size(); i++) {
      if (!ran("contract", RefusalCodes.CONTRACT, i, catalog.contract())) {
        return;
      }
    }
  }

  private boolean checkExpand(int index) {
    if (!ran("expand", RefusalCodes.EXPAND, index, catalog.expand())) {
      return false;
    }
    Statement statement = spec.expand().get(index);
    Rehearsal rehearsal = catalog.expand().get(index);
    if (!rehearsal.destroys().isEmpty()) {
      objections.refuse(
          RefusalCodes.NO_UNDO,
          name("expand", index),
          "it destroys " + destroyed(rehearsal) + ", and nothing is destroyed before contract",
          "move it to contract: " + statement.sql());
    } else if (statement.undo() == null && !rehearsal.reversible()) {
      objections.refuse(
          RefusalCodes.NO_UNDO,
          name("expand", index),
          "what it did cannot be taken back by dropping what it added: " + statement.sql(),
          "write the statement that takes it back beside it: { sql: …, undo: … }");
    } else if (statement.undo() == null && rehearsal.undo().isEmpty()) {
      objections.warn(name("expand", index) + " changes nothing: " + statement.sql());
    }
    return true;
  }

  private boolean ran(String phase, String code, int index, List<Rehearsal> rehearsals) {
    if (index >= rehearsals.size()) {
      String help = "make the plan again; if it stays, report it as a fault of Kedge";
      objections.refuse(code, name(phase, index), "it was not rehearsed", help);
      return false;
    }
    String error = rehearsals.get(index).error();
    if (error != null) {
      objections.refuse(
          code,
          name(phase, index),
          "the server refuses it on empty clones of the tables: " + error,
          "mend the statement: " + rehearsals.get(index).statement());
    }
    return error == null;
  }

  private static String name(String phase, int index) {
    return phase + "[" + (index + 1) + "]";
  }

  private static String destroyed(Rehearsal rehearsal) {
    return rehearsal.destroys().stream()
        .map(Step.Destroyed::label)
        .collect(Collectors.joining(", "));
  }
}
