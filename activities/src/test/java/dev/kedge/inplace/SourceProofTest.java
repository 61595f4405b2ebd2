package dev.kedge.inplace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.activity.ReconcileActivities.SealRequest;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Planner;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.KeyRange;
import dev.kedge.reconcile.PostgresReconcileActivities;
import dev.kedge.schema.CatalogReader;
import dev.kedge.schema.DdlRunner;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Spec;
import dev.kedge.spec.SpecReader;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Evidence says that filling left the columns it reads as they were, or that it did not. */
final class SourceProofTest {
  private static final String TIDY =
      """
      CREATE FUNCTION public.tidy() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW.username := trim(NEW.username); RETURN NEW; END';
      CREATE TRIGGER tidy BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION public.tidy()""";

  // The digest as the docs have it: one column, hashed by its bytes.
  private static final String DIGEST =
      "SELECT sum(hashtextextended(username COLLATE \"C\", 0)) FROM users";

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();
  private final InPlaceCapture capture = new InPlaceCapture(new DdlRunner());
  private final InPlaceFiller filler = new InPlaceFiller(Duration.ofSeconds(20));

  @BeforeEach
  void makeUsers() throws Exception {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, username text, note json);
        INSERT INTO users SELECT i, ' User ' || i FROM generate_series(1, 20) i""");
  }

  @Test
  void whatIsReadIsInEveryRowWhatItWas() throws Exception {
    MoveScope move = captured("");
    String before = value(DIGEST);

    fill(move, KeyRange.ALL);

    JsonNode source = sourceColumns(seal(move));
    assertEquals("[\"username\"]", source.get("columns").toString());
    assertEquals(20, source.get("rows").asInt());
    assertEquals(before, source.get("before").asText());
    assertEquals(before, source.get("after").asText());
    assertEquals(0, source.get("changed").asInt());
    assertEquals(before, value(DIGEST));
  }

  @Test
  void afterTheFirstChunkOnlyTriggersOfTheTableAreLookedAfter() throws Exception {
    MoveScope move = captured("");
    fill(move, range("0", "5"));
    fill(move, range("5", "10"));
    assertEquals("5 0", proven());

    postgres.run(TIDY);
    fill(move, range("10", "15"));
    assertEquals("10 5", proven());
    assertEquals("User 12", value("SELECT username FROM users WHERE id = 12"));

    postgres.run("ALTER TABLE users DISABLE TRIGGER tidy");
    fill(move, range("15", "20"));
    assertEquals("10 5", proven());
  }

  @Test
  void aTriggerThatNobodyAcceptedIsADoubt() throws Exception {
    MoveScope move = captured("");
    postgres.run(TIDY);
    fill(move, KeyRange.ALL);
    // Whoever reads the catalog from time to time has not seen it.
    postgres.run("DROP TRIGGER tidy ON users");

    Evidence evidence = seal(move);

    assertFalse(evidence.clean());
    String doubt =
        "move 1: filling changed what is read ([username]) in rows: 20; a trigger of the table that"
            + " `fires` does not name";
    assertTrue(evidence.doubts().contains(doubt), String.valueOf(evidence.doubts()));
  }

  @Test
  void aTriggerThatIsAlwaysOnIsSeenAlsoWhereWeAreSilent() throws Exception {
    MoveScope move = captured("");
    assertTrue(move.move().withQuiet(true).quiet());
    postgres.run(TIDY + "; ALTER TABLE users ENABLE ALWAYS TRIGGER tidy");
    fill(new MoveScope(move.scope(), move.move().withQuiet(true)), KeyRange.ALL);
    assertEquals("20 20", proven());
  }

  @Test
  void whatTheSpecLetsFireMayChangeItAndIsCounted() throws Exception {
    postgres.run(TIDY);
    MoveScope move = captured(", fires: [tidy]");
    fill(move, KeyRange.ALL);
    // The second walk finds nothing to fill.
    assertEquals(0, fill(move, KeyRange.ALL));

    Evidence evidence = seal(move);

    assertTrue(evidence.doubts().stream().noneMatch(d -> d.contains("what is read")));
    assertEquals(20, sourceColumns(evidence).get("changed").asInt());
  }

  @Test
  void aMoveOfAnEarlierReleaseIsFilledAsEver() throws Exception {
    MoveScope move = captured("");
    postgres.run("UPDATE kedge.move SET reads = NULL");
    assertEquals(20, fill(move, KeyRange.ALL));
    assertFalse(seal(move).content().contains("sourceColumns"));
  }

  private static JsonNode sourceColumns(Evidence evidence) throws Exception {
    return Payloads.mapper().readTree(evidence.content()).get("moves").get(0).get("sourceColumns");
  }

  private Evidence seal(MoveScope move) {
    PostgresReconcileActivities reconcile = new PostgresReconcileActivities(postgres.databases());
    return reconcile.sealEvidence(
        new SealRequest(
            move.scope(), Gate.READS, "sha256:p", List.of(reconcile.compareMove(move))));
  }

  private String proven() throws Exception {
    return value("SELECT concat_ws(' ', sum(rows), sum(changed)) FROM kedge.source_proof");
  }

  private static KeyRange range(String lo, String hi) {
    return new KeyRange(List.of(lo), List.of(hi));
  }

  private long fill(MoveScope move, KeyRange range) throws Exception {
    return postgres
        .database()
        .inTransaction(
            Transaction.readCommitted("m", "fill"), sql -> filler.fill(sql, move, range));
  }

  private MoveScope captured(String more) throws Exception {
    Plan plan = plan(more);
    assertEquals(List.of(), plan.refusals());
    postgres.run("ALTER TABLE users ADD COLUMN handle text");
    MoveScope move = Fixture.register(postgres, "m", plan.move(1));
    try (Connection connection = postgres.connect()) {
      new Sql(connection)
          .update(
              "UPDATE kedge.migration SET plan = ?",
              Payloads.mapper().valueToTree(plan).toString());
    }
    capture.install(postgres.database(), move);
    postgres.run(
        """
        INSERT INTO kedge.range (migration, move, range, state, epoch)
        VALUES (1, 1, 1, 'filled', 1)""");
    return move;
  }

  private Plan plan(String more) throws Exception {
    Spec spec =
        SpecReader.read(
            "spec.yaml",
            """
            kedge: 1
            migration: m
            database: app
            expand: [ALTER TABLE users ADD COLUMN handle text]
            moves: [{from: users, to: users, columns: {handle: lower(btrim(username))}%s}]
            """
                .formatted(more));
    return Planner.plan(spec, new CatalogReader(postgres.database()).read(spec));
  }

  private String value(String query) throws Exception {
    return Fixture.value(postgres, query);
  }
}
