package dev.kedge.plan;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a table does when its rows are written: whose triggers and rules answer, which constraints
 * may refuse the row, and which indexes it goes into.
 *
 * @param triggers the users' own, ordered by name
 * @param rules names of its rules for UPDATE
 * @param constraints check, foreign key and exclusion constraints, ordered by name
 * @param indexes every index, ordered by name
 * @param silenceable whether the asking role may set session_replication_role, so that ordinary
 *     triggers do not answer to it
 */
public record Reactions(
    List<Trigger> triggers,
    List<String> rules,
    List<Constraint> constraints,
    List<Index> indexes,
    boolean silenceable) {

  /** Of a table that does nothing. */
  public static final Reactions NONE =
      new Reactions(List.of(), List.of(), List.of(), List.of(), true);

  public Reactions {
    triggers = List.copyOf(triggers);
    rules = List.copyOf(rules);
    constraints = List.copyOf(constraints);
    indexes = List.copyOf(indexes);
  }

  /**
   * The triggers that an UPDATE of {@code columns} may fire.
   *
   * @param columns what is set, and what the server generates
   * @param replica whether the session calls itself a replica
   */
  public List<Trigger> fired(Set<String> columns, boolean replica) {
    List<Trigger> listening =
        triggers.stream().filter(t -> t.listens(replica) && t.isAbout(columns)).toList();
    // What an earlier trigger changes on the way, a condition of a later one may be about.
    boolean changing = listening.stream().anyMatch(t -> t.mayChangeRows() && t.passes(columns));
    return listening.stream().filter(t -> changing || t.passes(columns)).toList();
  }

  /** The constraints that depend on one of {@code columns}. */
  public List<Constraint> constraintsOn(Set<String> columns) {
    return constraints.stream().filter(c -> touches(c.columns(), columns)).toList();
  }

  /** Names of the indexes that depend on one of {@code columns}. */
  public List<String> indexesOn(Set<String> columns) {
    return indexes.stream().filter(i -> touches(i.columns(), columns)).map(Index::name).toList();
  }

  // An empty name stands for the whole row.
  private static boolean touches(List<String> of, Set<String> columns) {
    return of.contains("") || of.stream().anyMatch(columns::contains);
  }

  /**
   * One trigger.
   *
   * @param name its name
   * @param text when it fires, in words
   * @param enabled {@code pg_trigger.tgenabled}: O, A, R or D
   * @param beforeRow whether it is BEFORE and FOR EACH ROW, so that it may change the row
   * @param onUpdate whether UPDATE fires it
   * @param updateOf the columns it is limited to; empty for all
   * @param when its condition as the server prints it; null for none
   * @param afterOurs whether it is a BEFORE row trigger of INSERT or UPDATE whose name sorts after
   *     every name of ours
   */
  public record Trigger(
      String name,
      String text,
      String enabled,
      boolean beforeRow,
      boolean onUpdate,
      List<String> updateOf,
      @Nullable String when,
      boolean afterOurs) {
    // "old.a IS DISTINCT FROM new.a", cast or not, in any parentheses.
    private static final Pattern CHANGED =
        Pattern.compile(
            "\\(*(?:old|new)\\.(\\w+|\"[^\"]+\")\\)?(?:::[a-z ]+)? (?:IS DISTINCT FROM|<>)"
                + " \\(?(?:old|new)\\.\\1\\)?(?:::[a-z ]+)?\\)*");

    private static final Pattern OR = Pattern.compile(" OR ");

    public Trigger {
      updateOf = List.copyOf(updateOf);
    }

    private boolean listens(boolean replica) {
      return onUpdate && (enabled.equals("A") || enabled.equals(replica ? "R" : "O"));
    }

    private boolean isAbout(Set<String> columns) {
      return updateOf.isEmpty() || updateOf.stream().anyMatch(columns::contains);
    }

    private boolean mayChangeRows() {
      return beforeRow;
    }

    /** Whether its condition may hold when {@code columns} alone change. */
    private boolean passes(Set<String> columns) {
      if (when == null) {
        return true;
      }
      Set<String> watched = new HashSet<>();
      for (String part : OR.split(when, -1)) {
        Matcher matcher = CHANGED.matcher(part);
        if (!matcher.matches()) {
          return true;
        }
        watched.add(matcher.group(1).replace("\"", ""));
      }
      return watched.stream().anyMatch(columns::contains);
    }
  }

  /**
   * One constraint.
   *
   * @param columns the columns it depends on; an empty name for the whole row
   * @param definition as the server prints it
   */
  public record Constraint(String name, List<String> columns, String definition) {
    public Constraint {
      columns = List.copyOf(columns);
    }
  }

  /**
   * One index.
   *
   * @param columns the columns it depends on, predicate and expressions included
   */
  public record Index(String name, List<String> columns) {
    public Index {
      columns = List.copyOf(columns);
    }
  }
}
