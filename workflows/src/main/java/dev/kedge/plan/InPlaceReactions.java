package dev.kedge.plan;

import dev.kedge.plan.Catalog.Column;
import dev.kedge.plan.Catalog.Table;
import dev.kedge.plan.Reactions.Trigger;
import dev.kedge.spec.Move;
import dev.kedge.spec.Similar;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** What the table itself does when its rows are filled in place, and whether that is accepted. */
final class InPlaceReactions {
  private static final String IN_CONTRACT = "leave it out of expand, and add it in contract";

  private final Move move;
  private final Table table;
  private final Optional<Table> before;
  private final String role;
  private final Objections objections;
  private final Reactions reactions;
  private final Set<String> written = new HashSet<>();
  private final Set<String> changed = new HashSet<>();

  InPlaceReactions(
      Move move, Table table, Optional<Table> before, String role, Objections objections) {
    this.move = move;
    this.table = table;
    this.before = before;
    this.role = role;
    this.objections = objections;
    this.reactions = table.reactions();
    written.addAll(move.columns().keySet());
    changed.addAll(written);
    // What is generated may be generated from what is filled.
    table.columns().stream()
        .filter(column -> !column.generated().isEmpty())
        .forEach(column -> changed.add(column.name()));
  }

  /** Objects to what cannot be; returns whether the table's triggers are silent meanwhile. */
  boolean check() {
    refuseRules();
    refuseLaterTriggers();
    refuseConstraints();
    refuseNotNull();
    warnOfReverse();
    warnOfIndexes();
    refuseUnknown();
    return triggers();
  }

  private void refuseRules() {
    if (!reactions.rules().isEmpty()) {
      refuse(
          RefusalCodes.TRIGGERS,
          "its rules would rewrite every update: " + String.join(", ", reactions.rules()),
          "replace the rules by triggers");
    }
  }

  private void refuseLaterTriggers() {
    List<String> later = names(reactions.triggers().stream().filter(Trigger::afterOurs).toList());
    if (!later.isEmpty()) {
      refuse(
          RefusalCodes.LATER_TRIGGER,
          "BEFORE triggers fire in the order of their names, so these could change what ours has"
              + " read already: "
              + String.join(", ", later),
          "ALTER TRIGGER %s ON %s RENAME TO a name that sorts before zzzz_kedge"
              .formatted(Quoting.readable(later.get(0)), Quoting.readable(table.name())));
    }
  }

  /** Our trigger fills the column inside the application's write, which must not fail for it. */
  private void refuseConstraints() {
    for (Reactions.Constraint constraint : reactions.constraintsOn(written)) {
      refuse(
          RefusalCodes.CONSTRAINT,
          "constraint %s %s could fail a write of the application that never named %s"
              .formatted(
                  constraint.name(), constraint.definition(), String.join(", ", sorted(written))),
          IN_CONTRACT + ": first NOT VALID, then VALIDATE CONSTRAINT");
    }
  }

  private void refuseNotNull() {
    for (Column column : table.columns()) {
      boolean isNew = before.flatMap(t -> t.column(column.name())).isEmpty();
      if (isNew && written.contains(column.name()) && !WrittenColumns.fillsItself(column)) {
        objections.refuse(
            RefusalCodes.CONSTRAINT,
            table.name() + "." + column.name(),
            "it is NOT NULL without a default: an insert of the application fails when its value"
                + " cannot be computed",
            "leave NOT NULL out of expand, and SET NOT NULL in contract");
      }
    }
  }

  private void warnOfReverse() {
    Set<String> old = move.reverse().keySet();
    List<String> rules = reactions.constraintsOn(old).stream().map(c -> c.name()).toList();
    List<String> unique =
        table.uniqueIndexes().stream()
            .filter(index -> old.stream().anyMatch(index::dependsOn))
            .map(Catalog.UniqueIndex::name)
            .toList();
    if (!rules.isEmpty() || !unique.isEmpty()) {
      objections.warn(
          "%s still holds from writes on: a value the new application writes is refused when what reverse makes of it breaks it"
              .formatted(String.join(", ", sorted(union(rules, unique)))));
    }
  }

  private void warnOfIndexes() {
    List<String> indexes = reactions.indexesOn(written);
    if (!indexes.isEmpty()) {
      objections.warn(
          "%s has indexes on what is filled, so that every filled row goes into all indexes again (no heap-only updates): %s; building them in contract spares that"
              .formatted(table.name(), String.join(", ", indexes)));
    }
  }

  private void refuseUnknown() {
    List<String> known = names(reactions.triggers());
    for (String name : move.fires()) {
      if (!known.contains(name)) {
        refuse(
            RefusalCodes.FIRES,
            "fires names %s, and there is no such trigger".formatted(name),
            Similar.to(name, known)
                .map(near -> "did you mean \"" + near + "\"?")
                .orElse(
                    known.isEmpty() ? "leave fires out" : "it has " + String.join(", ", known)));
      }
    }
  }

  /**
   * Ordinary triggers are silent where the role may do that, unless all are accepted; what fires
   * although it is not accepted is refused.
   */
  private boolean triggers() {
    List<Trigger> fired = reactions.fired(changed, false);
    List<Trigger> asReplica = reactions.fired(changed, true);
    if (accepted(fired)) {
      if (!fired.isEmpty()) {
        warn("triggers of %s fire for every row that is filled, as accepted: %s", fired);
      }
      return false;
    }
    if (!reactions.silenceable() || !accepted(asReplica)) {
      refuseTriggers(reactions.silenceable() ? asReplica : fired);
      return false;
    }
    refuseMixture(fired);
    warn("triggers of %s do not fire for rows that are filled: %s", fired);
    return true;
  }

  private void refuseTriggers(List<Trigger> fired) {
    List<Trigger> open = fired.stream().filter(not(move.fires())).toList();
    String why = "triggers would fire for every row that is filled: " + texts(open);
    String accept = "accept them: fires: [" + String.join(", ", readable(open)) + "]";
    if (reactions.silenceable()) {
      refuse(
          RefusalCodes.TRIGGERS,
          why + "; enabled ALWAYS or REPLICA, they cannot be silenced",
          accept + ", or ALTER TABLE … ENABLE TRIGGER them plainly");
    } else {
      refuse(
          RefusalCodes.TRIGGERS,
          why + "; role " + role + " may not silence them",
          "GRANT SET ON PARAMETER session_replication_role TO %s; (PostgreSQL 15 on), or %s"
              .formatted(Quoting.readable(role), accept));
    }
  }

  /** The session is silent as a whole: a part of its triggers cannot be left on. */
  private void refuseMixture(List<Trigger> fired) {
    List<Trigger> open = fired.stream().filter(not(move.fires())).toList();
    if (open.size() < fired.size()) {
      refuse(
          RefusalCodes.FIRES,
          "fires names some of the triggers that may fire, and not " + texts(open),
          "name all or none: they fire together or not at all");
    }
  }

  private boolean accepted(List<Trigger> fired) {
    return move.fires().containsAll(names(fired));
  }

  private void warn(String words, List<Trigger> triggers) {
    objections.warn(words.formatted(table.name(), texts(triggers)));
  }

  private void refuse(String code, String why, String help) {
    objections.refuse(code, table.name().toString(), why, help);
  }

  private static Predicate<Trigger> not(List<String> accepted) {
    return trigger -> !accepted.contains(trigger.name());
  }

  private static String texts(List<Trigger> triggers) {
    return String.join(", ", triggers.stream().map(t -> t.name() + " " + t.text()).toList());
  }

  private static List<String> names(List<Trigger> triggers) {
    return triggers.stream().map(Trigger::name).toList();
  }

  private static List<String> readable(List<Trigger> triggers) {
    return triggers.stream().map(t -> Quoting.readable(t.name())).toList();
  }

  private static List<String> sorted(Collection<String> names) {
    return names.stream().sorted().toList();
  }

  private static Set<String> union(List<String> one, List<String> other) {
    Set<String> all = new HashSet<>(one);
    all.addAll(other);
    return all;
  }
}
