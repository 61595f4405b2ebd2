package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.inplace.InPlaceCapture;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.reconcile.ValuePairs.Kind;
import dev.kedge.reconcile.ValuePairs.Needs;
import dev.kedge.reconcile.ValuePairs.Pair;
import dev.kedge.schema.DdlRunner;
import dev.kedge.schema.PostgresPlanActivities;
import dev.kedge.spec.SpecReader;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What is the same and what is not, for values of every type, stored in tables, planned by the
 * planner, copied by the engine or filled in place, and compared as any move is.
 */
final class ValuePairsTest {
  private static final Bounds BOUNDS = new Bounds(Duration.ofMillis(200), 7, 10_000);
  private static final ObjectMapper JSON = new ObjectMapper();

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private final List<Kind> kinds = new ArrayList<>();

  @BeforeEach
  void types() throws SQLException {
    postgres.run(ValuePairs.TYPES);
    for (Kind kind : ValuePairs.all()) {
      if (has(kind.needs)) {
        kinds.add(kind);
      }
    }
  }

  private boolean has(Needs needs) throws SQLException {
    return switch (needs) {
      case NOTHING -> true;
      case CITEXT -> extension("citext");
      case HSTORE -> extension("hstore");
      case XML -> works("SELECT '<a/>'::xml");
    };
  }

  private boolean extension(String name) throws SQLException {
    return works("CREATE EXTENSION IF NOT EXISTS " + name);
  }

  // A server's files need not have all of them.
  private boolean works(String statement) {
    try {
      postgres.run(statement);
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  @Test
  void whatDiffersOfACopyIsWhatTheTableSays() throws Exception {
    postgres.run(tables("CREATE TABLE a_%d (id int PRIMARY KEY, v %s)", true));
    postgres.run(tables("CREATE TABLE b_%d (id int PRIMARY KEY, v %s)", false));
    for (int n = 1; n <= kinds.size(); n++) {
      store("INSERT INTO a_%d (id, v) VALUES (?, CAST(? AS %s))", n, true);
    }
    List<MovePlan> moves =
        plan(
            (n, kind) ->
                "{from: a_%d, to: b_%d%s}"
                    .formatted(n, n, kind.from.equals(kind.to) ? "" : ", columns: {v: v}"));
    CopyEngine first = CopyEngine.start(postgres, moves.get(0));
    Map<String, List<String>> wrong = new TreeMap<>();
    for (int n = 1; n <= kinds.size(); n++) {
      CopyEngine engine = n == 1 ? first : first.beside(moves.get(n - 1));
      engine.lane();
      engine.round();
      note(wrong, n, "copied", List.of(), compare(engine.scope()));
      plant("UPDATE b_%d SET v = CAST(? AS %s) WHERE id = ?", n);
      note(wrong, n, "planted", different(n), compare(engine.scope()));
    }
    assertEquals(Map.of(), wrong);
  }

  @Test
  void whatDiffersInPlaceIsWhatTheTableSays() throws Exception {
    for (int n = 1; n <= kinds.size(); n++) {
      Kind kind = kinds.get(n - 1);
      postgres.run(
          "CREATE TABLE c_%d (id int PRIMARY KEY, v %s, w %s)".formatted(n, kind.from, kind.to));
      store("INSERT INTO c_%d (id, v) VALUES (?, CAST(? AS %s))", n, true);
      store("UPDATE c_%d SET w = CAST(? AS %s) WHERE id = ?", n, false);
    }
    List<MovePlan> moves =
        plan((n, kind) -> "{from: c_%d, to: c_%d, columns: {w: v}}".formatted(n, n));
    MoveScope scope = Fixture.register(postgres, "m", moves.get(0));
    Map<String, List<String>> wrong = new TreeMap<>();
    for (int n = 1; n <= kinds.size(); n++) {
      MoveScope move = new MoveScope(scope.scope(), moves.get(n - 1));
      new InPlaceCapture(new DdlRunner()).install(postgres.database(), move);
      postgres.run(
          """
          DELETE FROM kedge.range WHERE move = %1$d;
          INSERT INTO kedge.range (migration, move, range, state, epoch) VALUES (1, %1$d, 1, 'filled', 1)"""
              .formatted(n));
      note(wrong, n, "in place", different(n), compare(move));
    }
    assertEquals(Map.of(), wrong);
  }

  @Test
  void thereAreMoreThanSixtyPairsAndSomebodyElseAgreesOnThem() {
    int pairs = kinds.stream().mapToInt(kind -> kind.pairs.size()).sum();
    assertTrue(pairs >= 60, pairs + " pairs");
    int asked = 0;
    for (Kind kind : kinds) {
      BiPredicate<String, String> opinion =
          OPINIONS.get(kind.from.equals(kind.to) ? kind.to : "nobody knows");
      for (Pair pair : kind.pairs) {
        String left = pair.left();
        String right = pair.right();
        if (left == null || right == null) {
          assertEquals(left == null && right == null, pair.same(), kind + " " + pair);
        } else if (opinion != null) {
          assertEquals(opinion.test(left, right), pair.same(), kind + " " + pair);
          asked++;
        }
      }
    }
    assertTrue(asked >= 50, asked + " pairs");
  }

  /** What the JDK and Jackson think of values, where they have a notion of the type. */
  private static final Map<String, BiPredicate<String, String>> OPINIONS =
      Map.of(
          "numeric",
          (l, r) -> special(l) || special(r) ? l.equals(r) : decimal(l).compareTo(decimal(r)) == 0,
          "bigint",
          (l, r) -> Long.parseLong(l) == Long.parseLong(r),
          "double precision",
          (l, r) -> Double.compare(Double.parseDouble(l) + 0.0, Double.parseDouble(r) + 0.0) == 0,
          "text",
          String::equals,
          "text COLLATE nocase",
          String::equals,
          "char(5)",
          (l, r) -> l.replaceAll(" +$", "").equals(r.replaceAll(" +$", "")),
          "timestamptz",
          (l, r) ->
              l.endsWith("infinity") || r.endsWith("infinity")
                  ? l.equals(r)
                  : OffsetDateTime.parse(l).isEqual(OffsetDateTime.parse(r)),
          "json",
          String::equals,
          "jsonb",
          (l, r) -> tree(l).equals((x, y) -> alike(x, y), tree(r)),
          "uuid",
          (l, r) -> hex(l).equals(hex(r)));

  private static boolean special(String number) {
    return Set.of("NaN", "Infinity", "-Infinity").contains(number);
  }

  private static BigDecimal decimal(String number) {
    return new BigDecimal(number);
  }

  private static JsonNode tree(String json) {
    try {
      return JSON.readTree(json);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static int alike(JsonNode one, JsonNode other) {
    return one.isNumber() && other.isNumber()
        ? one.decimalValue().compareTo(other.decimalValue())
        : one.equals(other) ? 0 : 1;
  }

  private static String hex(String uuid) {
    return uuid.replaceAll("[^0-9A-Fa-f]", "").toLowerCase(java.util.Locale.ROOT);
  }

  private interface Source {
    String of(int number, Kind kind);
  }

  private List<MovePlan> plan(Source move) throws Exception {
    StringBuilder spec = new StringBuilder("kedge: 1\nmigration: m\ndatabase: app\nmoves:\n");
    for (int n = 1; n <= kinds.size(); n++) {
      spec.append("  - ").append(move.of(n, kinds.get(n - 1))).append('\n');
    }
    Plan plan =
        new PostgresPlanActivities(postgres.databases())
            .makePlan(SpecReader.read("spec.yaml", spec.toString()));
    assertEquals(List.of(), plan.refusals());
    return plan.moves();
  }

  private String tables(String create, boolean source) {
    StringBuilder statements = new StringBuilder();
    for (int n = 1; n <= kinds.size(); n++) {
      Kind kind = kinds.get(n - 1);
      statements.append(create.formatted(n, source ? kind.from : kind.to)).append(";\n");
    }
    return statements.toString();
  }

  private void store(String statement, int number, boolean left) throws SQLException {
    Kind kind = kinds.get(number - 1);
    try (Connection connection = postgres.connect()) {
      Sql sql = new Sql(connection);
      String text = statement.formatted(number, type(left ? kind.from : kind.to));
      for (int id = 1; id <= kind.pairs.size(); id++) {
        Pair pair = kind.pairs.get(id - 1);
        if (left) {
          sql.update(text, id, pair.left());
        } else {
          sql.update(text, pair.right(), id);
        }
      }
    }
  }

  private void plant(String statement, int number) throws SQLException {
    Kind kind = kinds.get(number - 1);
    try (Connection connection = postgres.connect()) {
      Sql sql = new Sql(connection);
      sql.execute("SET kedge.applier = 'm'");
      for (int id = 1; id <= kind.pairs.size(); id++) {
        sql.update(statement.formatted(number, type(kind.to)), kind.pairs.get(id - 1).right(), id);
      }
    }
  }

  private static String type(String type) {
    return type.replaceFirst(" COLLATE .*", "");
  }

  private List<String> different(int number) {
    List<Pair> pairs = kinds.get(number - 1).pairs;
    List<String> different = new ArrayList<>();
    for (int id = 1; id <= pairs.size(); id++) {
      if (!pairs.get(id - 1).same()) {
        different.add(id + " different");
      }
    }
    return different;
  }

  private List<String> compare(MoveScope scope) throws SQLException {
    Comparison seen =
        Reconciler.of(postgres.database(), scope, BOUNDS, Pulse.NONE)
            .compareAll("r" + System.nanoTime());
    List<String> findings = new ArrayList<>();
    try (Connection connection = postgres.connect()) {
      findings.addAll(
          new Sql(connection)
              .list(
                  """
                  SELECT key[1] || ' ' || kind AS finding
                  FROM kedge.finding
                  WHERE move = ? AND closed_at IS NULL
                  ORDER BY key[1]::int""",
                  row -> row.getString("finding"),
                  scope.move().number()));
    }
    findings.addAll(seen.reasons());
    if (seen.unproven() != findings.size()) {
      findings.add(seen.toString());
    }
    return findings;
  }

  private void note(
      Map<String, List<String>> wrong,
      int number,
      String what,
      List<String> expected,
      List<String> found) {
    if (!expected.equals(found)) {
      wrong.put(
          kinds.get(number - 1) + " " + what,
          List.of("expected " + expected, "found " + found, kinds.get(number - 1).pairs + ""));
    }
  }
}
