package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.activity.ReconcileActivities.SealRequest;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.inplace.InPlaceCapture;
import dev.kedge.inplace.InPlaceSwitch;
import dev.kedge.plan.CanonicalJson;
import dev.kedge.plan.Plan;
import dev.kedge.plan.PlanText;
import dev.kedge.plan.Refusal;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.schema.DdlRunner;
import dev.kedge.schema.PostgresPlanActivities;
import dev.kedge.spec.Gate;
import dev.kedge.spec.SpecReader;
import io.temporal.failure.ApplicationFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code compare} of a spec forgives, and whom it leaves exact. */
final class CompareRulesTest {
  private static final Bounds BOUNDS = new Bounds(Duration.ofMillis(200), 7, 10_000);

  private static final String MOVE =
      """
      from: a
          to: b
          compare:
            price: { tolerance: 0.01 }
            rate: { tolerance: 0.5 }
            seen: { tolerance: 1s }
            name: { as: lower(btrim(name)) }
            doc: { as: doc::jsonb - 'at' }
            where_: { as: 'round(where_[0]::numeric, 3)' }
            cache: ignore
      """;

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private void tables() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, price numeric(10,3), rate float8, seen timestamptz,
          name text, doc json, where_ point, cache jsonpath);
        CREATE TABLE b (id int PRIMARY KEY, price numeric(10,3), rate float8, seen timestamptz,
          name text COLLATE "C", doc json, where_ point, cache jsonpath);
        INSERT INTO a SELECT i, 1.000, 1.0, '2020-01-01Z', 'Ann', '{"a": 1, "at": 1}', '(1,2)', '$.a'
        FROM generate_series(1, 20) i""");
  }

  private Plan plan(String move) throws Exception {
    return new PostgresPlanActivities(postgres.databases())
        .makePlan(
            SpecReader.read(
                "spec.yaml",
                "kedge: 1\nmigration: m\ndatabase: app\nmoves:\n  - " + move.strip() + "\n"));
  }

  private CopyEngine copied(String move) throws Exception {
    Plan plan = plan(move);
    assertEquals(List.of(), plan.refusals());
    CopyEngine engine = CopyEngine.start(postgres, plan.move(1));
    record(plan);
    engine.lane();
    engine.round();
    return engine;
  }

  private void record(Plan plan) throws SQLException {
    try (Connection connection = postgres.connect()) {
      new Sql(connection).update("UPDATE kedge.migration SET plan = ?", CanonicalJson.text(plan));
    }
  }

  private void unseen(String statements) throws SQLException {
    postgres.run("SET kedge.applier = 'm'; " + statements);
  }

  private Comparison compare(MoveScope scope) throws SQLException {
    return Reconciler.of(postgres.database(), scope, BOUNDS, Pulse.NONE)
        .compareAll("r" + System.nanoTime());
  }

  private List<String> findings(MoveScope scope) throws SQLException {
    compare(scope);
    try (Connection connection = postgres.connect()) {
      return new Sql(connection)
          .list(
              "SELECT key[1] || ' ' || kind AS f FROM kedge.finding WHERE closed_at IS NULL ORDER BY key[1]::int",
              row -> row.getString("f"));
    }
  }

  @Test
  void whatIsForgivenIsForgivenAndNothingElse() throws Exception {
    tables();
    CopyEngine engine = copied(MOVE);
    assertEquals(List.of(), findings(engine.scope()));
    unseen(
        """
        UPDATE b SET price = 1.010, rate = 0.5, seen = '2020-01-01 00:00:01Z', name = ' ANN ',
          doc = '{"at":2,"a":1.0}', where_ = '(1.0001,9)', cache = NULL WHERE id = 1;
        UPDATE b SET price = 0.990, rate = 1.5, seen = '2019-12-31 23:59:59Z' WHERE id = 2;
        UPDATE b SET price = 1.011 WHERE id = 3;
        UPDATE b SET price = 0.989 WHERE id = 4;
        UPDATE b SET rate = 1.5000001 WHERE id = 5;
        UPDATE b SET seen = '2020-01-01 00:00:01.000001Z' WHERE id = 6;
        UPDATE b SET name = 'Anna' WHERE id = 7;
        UPDATE b SET doc = '{"a":2,"at":1}' WHERE id = 8;
        UPDATE b SET where_ = '(1.001,2)' WHERE id = 9;
        UPDATE b SET price = NULL WHERE id = 10;
        UPDATE b SET rate = 'NaN' WHERE id = 11;
        UPDATE b SET rate = 'Infinity' WHERE id = 12;
        UPDATE b SET seen = 'infinity' WHERE id = 13;
        UPDATE b SET name = NULL WHERE id = 14;
        UPDATE b SET cache = '$.b' WHERE id = 15""");
    assertEquals(
        List.of(
            "3 different",
            "4 different",
            "5 different",
            "6 different",
            "7 different",
            "8 different",
            "9 different",
            "10 different",
            "11 different",
            "12 different",
            "13 different",
            "14 different"),
        findings(engine.scope()));
  }

  @Test
  void nullsAndWhatIsNotANumberAreTheSameAsThemselves() throws Exception {
    tables();
    postgres.run(
        """
        UPDATE a SET price = NULL, rate = NULL, seen = NULL, name = NULL, doc = NULL WHERE id = 1;
        UPDATE a SET rate = 'NaN', seen = 'infinity' WHERE id = 2;
        UPDATE a SET rate = 'Infinity', seen = '-infinity' WHERE id = 3;
        UPDATE a SET rate = '-Infinity', price = 'NaN' WHERE id = 4;
        UPDATE a SET rate = 1.7976931348623157e308 WHERE id = 5""");
    CopyEngine engine = copied(MOVE);
    assertEquals(List.of(), findings(engine.scope()));
    unseen(
        """
        UPDATE b SET rate = '-Infinity' WHERE id = 3;
        UPDATE b SET rate = -1.7976931348623157e308 WHERE id = 5""");
    assertEquals(List.of("3 different", "5 different"), findings(engine.scope()));
  }

  // A change of the application within the tolerance arrives all the same, to the last digit.
  @Test
  void whoeverWritesTheTargetForgivesNothing() throws Exception {
    tables();
    CopyEngine engine = copied(MOVE);
    postgres.run(
        """
        UPDATE a SET price = 1.001, rate = 1.1, seen = '2020-01-01 00:00:00.5Z', name = 'ANN',
          doc = '{"a": 1, "at": 2}', where_ = '(1.00001,2)', cache = '$.b' WHERE id = 7""");
    engine.round();
    assertEquals(
        Fixture.value(postgres, "SELECT a::text FROM a WHERE id = 7"),
        Fixture.value(postgres, "SELECT b::text FROM b WHERE id = 7"));
  }

  @Test
  void whatIsForgivenIsNotRepairedAndWhatIsRepairedIsExact() throws Exception {
    tables();
    CopyEngine engine = copied(MOVE);
    unseen(
        "UPDATE b SET name = 'ANN' WHERE id = 1; UPDATE b SET name = 'x', rate = 1.1 WHERE id = 2");
    assertEquals(List.of("2 different"), findings(engine.scope()));
    Pulse rounds =
        now -> {
          try {
            engine.round();
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        };
    assertEquals(
        0, Repairer.of(postgres.database(), engine.scope(), BOUNDS, rounds).repair().open());
    assertEquals("ANN", Fixture.value(postgres, "SELECT name FROM b WHERE id = 1"));
    assertEquals(
        "Ann 1", Fixture.value(postgres, "SELECT name || ' ' || rate FROM b WHERE id = 2"));
  }

  @Test
  void planAndEvidenceSayIt() throws Exception {
    tables();
    String text = PlanText.render(plan(MOVE));
    assertTrue(
        text.contains(
            "compare public.b with public.a, all of it, price within 0.01, rate within 0.5,"
                + " seen within 1s, name as lower(btrim(name)), doc as doc::jsonb - 'at',"
                + " where_ as round(where_[0]::numeric, 3), cache not at all"),
        text);
    CopyEngine engine = copied(MOVE);
    Evidence evidence =
        new EvidenceSeal(
                postgres.database(),
                new SealRequest(
                    engine.scope().scope(),
                    Gate.READS,
                    "sha256:p",
                    List.of(compare(engine.scope()))))
            .seal();
    assertTrue(evidence.clean(), evidence.content());
    assertTrue(
        evidence
            .content()
            .contains(
                "\"compared\":{\"cache\":\"not at all\",\"doc\":\"as doc::jsonb - 'at'\",\"id\":\"by value\","
                    + "\"name\":\"as lower(btrim(name))\",\"price\":\"within 0.01\",\"rate\":\"within 0.5\","
                    + "\"seen\":\"within 1s\",\"where_\":\"as round(where_[0]::numeric, 3)\"}"),
        evidence.content());
  }

  @Test
  void theyHoldInPlaceAndOnTheWayBack() throws Exception {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, username text, handle text, cents int, price numeric);
        INSERT INTO users SELECT i, 'Ann', 'ann', 100, 1.00 FROM generate_series(1, 9) i""");
    Plan plan =
        plan(
            """
            from: users
                to: users
                columns: { handle: lower(username), price: cents / 100.0 }
                reverse: { username: handle, cents: (price * 100)::int }
                compare:
                  handle: { as: btrim(handle) }
                  price: { tolerance: 0.1 }
                  username: { as: lower(username) }
                  cents: ignore
            """);
    assertEquals(List.of(), plan.refusals());
    MoveScope scope = Fixture.register(postgres, "m", plan.move(1));
    new InPlaceCapture(new DdlRunner()).install(postgres.database(), scope);
    postgres.run(
        """
        DELETE FROM kedge.range;
        INSERT INTO kedge.range (migration, move, range, state, epoch) VALUES (1, 1, 1, 'filled', 1)""");
    unseen(
        """
        UPDATE users SET handle = ' ann ', price = 1.1 WHERE id = 1;
        UPDATE users SET price = 1.11 WHERE id = 2;
        UPDATE users SET handle = 'ANN' WHERE id = 3""");
    assertEquals(List.of("2 different", "3 different"), findings(scope));

    new InPlaceSwitch(new DdlRunner()).handOver(postgres.database(), scope);
    unseen(
        """
        UPDATE users SET handle = 'Bob', username = 'BOB', price = 5, cents = 7 WHERE id = 4;
        UPDATE users SET handle = 'Bob', username = 'Bobby' WHERE id = 5""");
    // All but 5 agree on the way back, where names are compared without their case and cents not.
    assertEquals(List.of("5 different"), findings(scope));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nothing: ignore | public.b.nothing | there is no such column",
        "id: ignore | moves[1].compare.id | part of the key",
        "name: { tolerance: 1 } | moves[1].compare.name | has no meaning for public.b.name text",
        "price: { tolerance: 1s } | moves[1].compare.price | has no meaning",
        "seen: { tolerance: 5 } | moves[1].compare.seen | has no meaning",
        "seen: { as: seen::date } | moves[1].compare.seen | it is not immutable",
        "rate: { as: rate + price } | moves[1].compare.rate | it reads price, rate, and may",
        "name: { as: price } | moves[1].compare.name | it reads price",
        "name: { as: \"'x'\" } | moves[1].compare.name | does not read the column",
        "name: { as: (select name) } | moves[1].compare.name | it reads more than its own row",
        "name: { as: nonsense(name) } | moves[1].compare.name | does not exist",
        "cache: { as: cache } | moves[1].compare.cache | cannot be compared",
      })
  void whatCannotBeIsRefused(String rule, String object, String why) throws Exception {
    tables();
    postgres.run(
        "ALTER TABLE a ALTER cache TYPE text; ALTER TABLE b ALTER cache TYPE jsonpath USING '$'");
    String cache = rule.startsWith("cache") ? "" : ", cache: ignore";
    Plan plan =
        plan(
            "{from: a, to: b, columns: {cache: cache::jsonpath}, compare: {%s%s}}"
                .formatted(rule, cache));
    assertEquals(1, plan.refusals().size(), plan.refusals().toString());
    Refusal refusal = plan.refusals().get(0);
    assertEquals(object, refusal.object());
    assertTrue(refusal.why().contains(why), refusal.why());
  }

  @Test
  void ignoringEverythingIsRefused() throws Exception {
    postgres.run(
        "CREATE TABLE c (id int PRIMARY KEY, v int, w int); CREATE TABLE d (LIKE c INCLUDING ALL)");
    Refusal refusal = only(plan("{from: c, to: d, compare: {v: ignore, w: ignore}}"));
    assertEquals("moves[1].compare", refusal.object());
    assertEquals("KD2135", refusal.code());
    postgres.run("ALTER TABLE d RENAME w TO z");
    Refusal back =
        only(plan("{from: c, to: d, columns: {z: w}, reverse: {}, compare: {v: ignore}}"));
    assertEquals("moves[1].compare", back.object());
  }

  @Test
  void aTypeWithoutACanonicalFormIsRefusedUnlessTheSpecSaysHow() throws Exception {
    postgres.run(
        """
        CREATE TYPE odd;
        CREATE FUNCTION odd_in(cstring) RETURNS odd LANGUAGE internal IMMUTABLE STRICT AS 'textin';
        CREATE FUNCTION odd_out(odd) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
        CREATE TYPE odd (INPUT = odd_in, OUTPUT = odd_out, LIKE = text);
        CREATE CAST (odd AS text) WITHOUT FUNCTION;
        CREATE TABLE c (id int PRIMARY KEY, v odd, w odd[], p pg_snapshot);
        CREATE TABLE d (LIKE c INCLUDING ALL);
        INSERT INTO c SELECT i, i::text::odd, ARRAY[i::text::odd], '1:1:' FROM generate_series(1, 5) i""");
    assertEquals(
        List.of("KD2112 public.d.v", "KD2112 public.d.w", "KD2112 public.d.p"),
        plan("{from: c, to: d}").refusals().stream()
            .map(each -> each.code() + " " + each.object())
            .toList());
    CopyEngine engine =
        copied("{from: c, to: d, compare: {v: {as: 'v::text'}, w: ignore, p: ignore}}");
    assertEquals(List.of(), findings(engine.scope()));
    // The writer is exact for such types, too.
    postgres.run("UPDATE c SET v = 'x'::odd, w = NULL, p = '2:2:' WHERE id = 2");
    engine.round();
    assertEquals("(2,x,,2:2:)", Fixture.value(postgres, "SELECT d::text FROM d WHERE id = 2"));
    unseen("UPDATE d SET v = 'y'::odd WHERE id = 3; UPDATE d SET p = NULL WHERE id = 4");
    assertEquals(List.of("3 different"), findings(engine.scope()));
  }

  @Test
  void inPlaceTooWhoeverWritesSuchATypeIsExact() throws Exception {
    postgres.run(
        """
        CREATE TABLE c (id int PRIMARY KEY, v pg_snapshot, w pg_snapshot);
        INSERT INTO c SELECT i, '1:3:', '1:3:' FROM generate_series(1, 5) i""");
    Plan plan = plan("{from: c, to: c, columns: {w: v}, compare: {w: {as: pg_snapshot_xmin(w)}}}");
    assertEquals(List.of(), plan.refusals());
    MoveScope scope = Fixture.register(postgres, "m", plan.move(1));
    new InPlaceCapture(new DdlRunner()).install(postgres.database(), scope);
    postgres.run(
        """
        DELETE FROM kedge.range;
        INSERT INTO kedge.range (migration, move, range, state, epoch) VALUES (1, 1, 1, 'filled', 1);
        UPDATE c SET v = '1:4:' WHERE id = 1""");
    assertEquals("1:4:", Fixture.value(postgres, "SELECT w FROM c WHERE id = 1"));
    unseen("UPDATE c SET w = '1:9:' WHERE id = 2; UPDATE c SET w = '2:3:' WHERE id = 3");
    assertEquals(List.of("3 different"), findings(scope));
    Repairer.of(postgres.database(), scope, BOUNDS, Pulse.NONE).repair();
    assertEquals("1:3:", Fixture.value(postgres, "SELECT w FROM c WHERE id = 3"));
    assertEquals(List.of(), findings(scope));
  }

  // An explicit cast to varchar(3)[] cuts as the one to varchar(3) does, and both sides would
  // agree.
  @Test
  void textsInArraysAreNotCutWithoutAWord() throws Exception {
    postgres.run(
        """
        CREATE TABLE c (id int PRIMARY KEY, v varchar[]);
        CREATE TABLE d (id int PRIMARY KEY, v varchar(3)[]);
        INSERT INTO c VALUES (1, '{abc}'), (2, '{abcd}')""");
    Plan plan = plan("{from: c, to: d}");
    assertEquals(List.of(), plan.refusals());
    CopyEngine engine = CopyEngine.start(postgres, plan.move(1));
    ApplicationFailure refused = assertThrows(ApplicationFailure.class, engine::lane);
    assertTrue(refused.getMessage().contains("22001"), refused.getMessage());
  }

  private static Refusal only(Plan plan) {
    assertEquals(1, plan.refusals().size(), plan.refusals().toString());
    return plan.refusals().get(0);
  }
}
