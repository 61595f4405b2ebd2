package dev.kedge.plan;

import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.Catalog.ExpressionVerdict;
import dev.kedge.plan.Catalog.Owner;
import dev.kedge.plan.Catalog.Publication;
import dev.kedge.plan.Catalog.Rehearsal;
import dev.kedge.plan.Catalog.Table;
import dev.kedge.spec.CompareRule;
import dev.kedge.spec.Move;
import dev.kedge.spec.Names;
import dev.kedge.spec.Spec;
import dev.kedge.spec.Statement;
import dev.kedge.spec.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A catalog by hand for one spec: everything is fine unless said. */
final class Catalogs {
  private static final Pattern WORD = Pattern.compile("[a-z_]+");

  // No function, no type.
  private static final Pattern READ = Pattern.compile("(?<!::)\\b[a-z_]+\\b(?!\\()");

  private final Spec spec;
  private final List<Table> before = new ArrayList<>();
  private final List<Table> after = new ArrayList<>();
  private final List<TableName> names = new ArrayList<>();
  private final Map<Integer, Rehearsal> expand = new HashMap<>();
  private final Map<Integer, Rehearsal> contract = new HashMap<>();
  private final Map<String, String> refused = new HashMap<>();
  private final List<Publication> publications = new ArrayList<>();
  private final List<Owner> owners = new ArrayList<>();
  private boolean inRecovery;
  private boolean unasked;

  private Catalogs(Spec spec) {
    this.spec = spec;
  }

  static Catalogs of(Spec spec) {
    return new Catalogs(spec);
  }

  /** A table that expand does not change. */
  Catalogs both(Tables table) {
    return before(table).after(table);
  }

  Catalogs before(Tables table) {
    before.add(table.build());
    names.add(table.build().name());
    return this;
  }

  Catalogs after(Tables table) {
    after.add(table.build());
    return this;
  }

  Catalogs known(String table) {
    names.add(Names.table(table));
    return this;
  }

  Catalogs expand(int number, Rehearsal rehearsal) {
    expand.put(number, rehearsal);
    return this;
  }

  Catalogs contract(int number, Rehearsal rehearsal) {
    contract.put(number, rehearsal);
    return this;
  }

  /** The server refuses the expression named as in {@code "1 columns handle"}. */
  Catalogs refuses(String expression, String error) {
    refused.put(expression, error);
    return this;
  }

  Catalogs unasked() {
    unasked = true;
    return this;
  }

  Catalogs publication(Publication publication) {
    publications.add(publication);
    return this;
  }

  Catalogs owner(Owner owner) {
    owners.add(owner);
    return this;
  }

  Catalogs inRecovery() {
    inRecovery = true;
    return this;
  }

  Plan plan() {
    return Planner.plan(spec, build());
  }

  Catalog build() {
    return new Catalog(
        170000,
        "7",
        inRecovery,
        "kedge",
        names,
        "sha256:catalog",
        before,
        after,
        rehearsals(spec.expand(), expand),
        rehearsals(spec.contract(), contract),
        unasked ? List.of() : verdicts(),
        publications,
        owners);
  }

  static Rehearsal adds(String statement, String... undo) {
    return new Rehearsal(statement, null, List.of(undo), true, List.of(), List.of());
  }

  static Rehearsal fails(String statement, String error) {
    return new Rehearsal(statement, error, List.of(), false, List.of(), List.of());
  }

  private static List<Rehearsal> rehearsals(
      List<Statement> statements, Map<Integer, Rehearsal> given) {
    List<Rehearsal> rehearsals = new ArrayList<>();
    for (Statement statement : statements) {
      int number = rehearsals.size() + 1;
      rehearsals.add(given.getOrDefault(number, adds(statement.sql(), "UNDO " + number)));
    }
    return rehearsals;
  }

  private List<ExpressionVerdict> verdicts() {
    List<ExpressionVerdict> verdicts = new ArrayList<>();
    for (Move move : spec.moves()) {
      int number = spec.moves().indexOf(move) + 1;
      move.columns().forEach((c, sql) -> verdicts.add(verdict(number, "columns", c, sql)));
      move.reverse().forEach((c, sql) -> verdicts.add(verdict(number, "reverse", c, sql)));
      if (move.where() != null) {
        verdicts.add(verdict(number, "where", null, move.where()));
      }
      if (move.deepCheck() != null && move.deepCheck().where() != null) {
        verdicts.add(verdict(number, "deepCheck.where", null, move.deepCheck().where()));
      }
      if (move.owns() != null) {
        verdicts.add(verdict(number, "owns", null, move.owns()));
      }
      compared(verdicts, number, move, "compare");
      if (move.follows()) {
        compared(verdicts, number, move, "compareBack");
      }
    }
    return verdicts;
  }

  private void compared(List<ExpressionVerdict> verdicts, int number, Move move, String part) {
    move.compare()
        .forEach(
            (column, rule) -> {
              String sql = rule.value();
              if (rule.kind() == CompareRule.Kind.AS && sql != null) {
                String error = refused.get(number + " " + part + " " + column);
                List<String> reads = READ.matcher(sql).results().map(MatchResult::group).toList();
                verdicts.add(
                    new ExpressionVerdict(
                        number,
                        part,
                        column,
                        error,
                        reads,
                        sql.endsWith("odd") ? null : Comparison.BYTES));
              }
            });
  }

  private ExpressionVerdict verdict(int move, String part, @Nullable String column, String sql) {
    Set<String> reads = new TreeSet<>();
    WORD.matcher(sql).results().forEach(word -> reads.add(word.group()));
    String name = move + " " + part + (column == null ? "" : " " + column);
    return new ExpressionVerdict(move, part, column, refused.get(name), List.copyOf(reads));
  }
}
