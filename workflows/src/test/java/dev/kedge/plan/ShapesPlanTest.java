package dev.kedge.plan;

import static dev.kedge.plan.Tables.table;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.plan.JoinedTable.Named;
import dev.kedge.spec.Spec;
import dev.kedge.spec.SpecException;
import dev.kedge.spec.SpecReader;
import dev.kedge.spec.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Plans of copies with several sources, or several moves into one target. */
final class ShapesPlanTest {
  private static final Tables PHONES = table("phones", "id bigint pk", "number text");
  private static final Tables MAILS = table("mails", "id bigint pk", "address text");
  private static final Tables CONTACTS =
      table("contacts", "kind integer pk", "id bigint pk", "value text");

  private static final String UNION =
      """
        - {from: phones, to: contacts, columns: {kind: "1", value: number}, owns: kind = 1}
        - {from: mails, to: contacts, columns: {kind: "2", value: address}, owns: kind = 2}
      """;
  private static final String JOIN =
      """
        - from: {main: orders, join: [totals, {table: notes, optional: true}]}
          to: sales
          columns: {note: notes_v}
      """;
  private static final Tables ORDERS = table("orders", "id bigint pk", "v text");
  private static final Tables TOTALS =
      table("totals", "order_id bigint pk", "total bigint notnull");
  private static final Tables NOTES = table("notes", "id bigint pk", "v text notnull");
  private static final Tables SALES =
      table("sales", "id bigint pk", "v text", "total bigint", "note text");

  // Union

  @Test
  void aMoveOwnsWhatItsConstantsAndItsPredicateSayAndNobodyElseClaims() {
    Plan plan = union(UNION).plan();

    assertEquals(List.of(), plan.refusals());
    assertEquals(
        "\"kind\" = (\n1\n)::integer AND (\nkind = 1\n) AND (\nkind = 2\n) IS NOT TRUE",
        plan.move(1).owns());
    assertEquals(List.of(new KeyColumn("id", "bigint", "id", "bigint")), plan.move(1).key());
    assertEquals(List.of(), plan.move(2).columns().stream().filter(c -> c.unique()).toList());
  }

  @Test
  void indexesOfASharedTargetAreDeferredOnce() {
    Plan plan = union(UNION).plan();

    assertEquals(
        List.of(1),
        plan.steps().stream()
            .filter(Step.DeferIndexes.class::isInstance)
            .map(step -> ((Step.DeferIndexes) step).move())
            .toList());
    assertEquals(
        List.of(1),
        plan.steps().stream()
            .filter(Step.RestoreIndexes.class::isInstance)
            .map(step -> ((Step.RestoreIndexes) step).move())
            .toList());
  }

  @Test
  void aConstantMayStandBesideTheKeyOfAMoveThatIsAlone() {
    Plan plan =
        union("  - {from: phones, to: contacts, columns: {kind: \"1\", value: number}}\n").plan();

    assertEquals(List.of(), plan.refusals());
    assertEquals("\"kind\" = (\n1\n)::integer", plan.move(1).owns());
  }

  @Test
  void aTargetWithoutSharedKeyIsAllItsMoves() {
    Plan plan =
        Catalogs.of(read("  - {from: phones, to: numbers}\n"))
            .both(PHONES)
            .after(table("numbers", "id bigint pk", "number text"))
            .plan();
    assertNull(plan.move(1).owns());
  }

  @Test
  void whatSaysWhoseARowIsMustBeWrittenByEveryMove() {
    String moves =
        UNION.replace(
            "value: address}, owns: kind = 2", "value: address, origin: \"2\"}, owns: origin = 2");
    Refusal refusal =
        only(
            "KD2131",
            Catalogs.of(read(moves))
                .both(PHONES)
                .both(MAILS)
                .after(
                    table(
                        "contacts",
                        "kind integer pk",
                        "id bigint pk",
                        "value text",
                        "origin integer")));
    assertEquals("moves[2].owns", refusal.object());
    assertTrue(refusal.why().contains("reads origin, which move 1 does not write"), refusal.why());
  }

  @Test
  void anOwnerTheServerRefusesIsRefused() {
    Refusal refusal =
        only("KD2104", union(UNION).refuses("2 owns", "it is true for each row of move 1"));
    assertEquals("moves[2].owns", refusal.object());
    assertTrue(refusal.help().contains("exactly"), refusal.help());
  }

  @Test
  void theWayBackFromASharedTargetIsRefused() {
    Refusal refusal =
        only("KD2121", union(UNION.replaceFirst("owns", "reverse: {number: value}, owns")));
    assertEquals("moves[1]", refusal.object());
  }

  // Join

  @Test
  void aMergeReadsOneRowWithTheColumnsOfAll() {
    Plan plan = join(TOTALS, NOTES).plan();

    assertEquals(List.of(), plan.refusals());
    MovePlan move = plan.move(1);
    assertEquals(
        List.of("id=\"id\"", "v=\"v\"", "total=\"total\"", "note=notes_v"),
        move.columns().stream().map(c -> c.column() + "=" + c.expression()).toList());
    assertEquals(
        List.of(
            new JoinedTable(
                new TableName("public", "totals"),
                false,
                List.of(new KeyColumn("order_id", "bigint", "id", "bigint")),
                List.of(new Named("total", "total"))),
            new JoinedTable(
                new TableName("public", "notes"),
                true,
                List.of(new KeyColumn("id", "bigint", "id", "bigint")),
                List.of(new Named("v", "notes_v")))),
        move.joins());
  }

  @Test
  void everyTableOfAMergeIsLockedAndNamed() {
    String text = PlanText.render(join(TOTALS, NOTES).plan());

    assertTrue(text.contains("ON public.orders, public.totals, public.notes"), text);
    assertTrue(text.contains("JOIN public.totals ON public.totals.order_id = id"), text);
    assertTrue(text.contains("LEFT JOIN public.notes ON public.notes.id = id"), text);
    assertTrue(text.contains("public.notes ShareRowExclusiveLock"), text);
  }

  @Test
  void aJoinedTableHasTheKeyOfTheSource() {
    for (Tables other :
        List.of(
            table("totals", "order_id integer pk", "total bigint"),
            table("totals", "a bigint pk", "b bigint pk", "total bigint"),
            table("totals", "id bigint", "total bigint"),
            table("totals", "id bigint notnull", "total bigint")
                .unusable("u", "it is deferrable", "id"))) {
      Refusal refusal = only("KD2130", join(other, NOTES));
      assertEquals("public.totals", refusal.object());
      assertTrue(refusal.why().contains("key of public.orders: (id bigint)"), refusal.why());
    }
  }

  @Test
  void aUniqueKeyOfTheSameNamesIsTakenBeforeThePrimaryKey() {
    Plan plan =
        join(
                table("totals", "n bigint pk", "id bigint notnull", "total bigint")
                    .unique("u", "id"),
                NOTES)
            .plan();
    assertEquals(List.of(), plan.refusals());
    assertEquals("id", plan.move(1).joins().get(0).key().get(0).source());
  }

  @Test
  void aNameThatIsTakenTwiceIsRefused() {
    Refusal refusal =
        only("KD2130", join(TOTALS, table("notes", "id bigint pk", "v text", "notes_v text")));
    assertEquals("public.notes.v", refusal.object());
  }

  @Test
  void aJoinedTableIsCheckedLikeASource() {
    only("KD2202", join(TOTALS, table("notes", "id bigint pk", "v text").rowSecurity()));
    only("KD2111", join(TOTALS, table("notes", "id bigint pk", "v text").kind("v")));
    assertEquals("KD2101", join(TOTALS).plan().refusals().get(0).code());
  }

  private static Catalogs union(String moves) {
    return Catalogs.of(read(moves)).both(PHONES).both(MAILS).after(CONTACTS);
  }

  private static Catalogs join(Tables... joined) {
    Catalogs catalogs = Catalogs.of(read(JOIN)).both(ORDERS).after(SALES);
    for (Tables table : joined) {
      catalogs.both(table);
    }
    return catalogs;
  }

  private static Refusal only(String code, Catalogs catalogs) {
    List<Refusal> refusals = catalogs.plan().refusals();
    assertEquals(List.of(code), refusals.stream().map(Refusal::code).toList(), refusals.toString());
    return refusals.get(0);
  }

  private static Spec read(String moves) {
    try {
      return SpecReader.read(
          "shapes.yaml", "kedge: 1\nmigration: shapes\nowner: us\ndatabase: app\nmoves:\n" + moves);
    } catch (SpecException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }
}
