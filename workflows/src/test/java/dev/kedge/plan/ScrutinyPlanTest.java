package dev.kedge.plan;

import static dev.kedge.plan.Tables.table;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.spec.SpecException;
import dev.kedge.spec.SpecReader;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rows for every round that cannot be found are refused by name. */
final class ScrutinyPlanTest {
  private static final String CODE = "KD2139";

  ScrutinyPlanTest() {}

  @Test
  void whatIsThereIsPlanned() throws SpecException {
    String fields =
        "deepCheck: { where: amount > 1, keys: [[1], [2]] }, window: { column: at, last: 1d },"
            + " groupBy: [currency]";
    assertEquals(List.of(), plan(fields).refusals());
  }

  @Test
  void aKeyOfAnotherWidthIsRefused() throws SpecException {
    Refusal refusal = only("deepCheck: { keys: [[1], [2, x]] }");
    assertEquals("moves[1].deepCheck.keys[2]", refusal.object());
    assertTrue(refusal.why().contains("the key is id"), refusal.why());
  }

  @Test
  void aWindowNeedsATimeOfTheSource() throws SpecException {
    assertTrue(only("window: { column: changed, last: 1d }").why().contains("no column changed"));
    assertTrue(only("window: { column: amount, last: 1d }").why().contains("of type integer"));
  }

  @Test
  void groupsAreOfColumnsThatAreWritten() throws SpecException {
    Refusal refusal = only("groupBy: [currency, note, made]");
    assertEquals("moves[1].groupBy", refusal.object());
  }

  @Test
  void aPredicateTheServerRefusesIsRefused() throws SpecException {
    Plan plan =
        catalogs("deepCheck: { where: at > now() }")
            .refuses("1 deepCheck.where", "it is not immutable")
            .plan();
    assertEquals(
        List.of("KD2104 moves[1].deepCheck.where"),
        plan.refusals().stream().map(each -> each.code() + " " + each.object()).toList());
  }

  private static Refusal only(String fields) throws SpecException {
    List<Refusal> refusals =
        plan(fields).refusals().stream().filter(each -> each.code().equals(CODE)).toList();
    assertTrue(!refusals.isEmpty(), plan(fields).refusals()::toString);
    return refusals.get(0);
  }

  private static Plan plan(String fields) throws SpecException {
    return catalogs(fields).plan();
  }

  private static Catalogs catalogs(String fields) throws SpecException {
    return Catalogs.of(
            SpecReader.read(
                "spec.yaml",
                "kedge: 1\nmigration: m\ndatabase: app\nmoves:\n  - {from: payments, to: ledger, "
                    + fields
                    + "}\n"))
        .both(
            table(
                "payments",
                "id bigint pk",
                "amount integer",
                "currency text",
                "at timestamp with time zone"))
        .after(
            table(
                "ledger",
                "id bigint pk",
                "amount integer",
                "currency text",
                "at timestamp with time zone",
                "note text"));
  }
}
