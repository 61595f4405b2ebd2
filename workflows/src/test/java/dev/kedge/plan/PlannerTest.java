package dev.kedge.plan;

import static dev.kedge.plan.Tables.table;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.Catalog.Owner;
import dev.kedge.plan.Catalog.Publication;
import dev.kedge.plan.Catalog.Rehearsal;
import dev.kedge.spec.Spec;
import dev.kedge.spec.SpecException;
import dev.kedge.spec.SpecReader;
import dev.kedge.spec.TableName;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Numbers at tests are those of the 25 bad inputs that every release must refuse. */
final class PlannerTest {
  private static final Tables ORDERS =
      table("orders", "id bigint pk", "price numeric(10,2)", "note text", "at date notnull");

  // What plans say

  @Test
  void aMoveInPlaceWritesItsColumnsOnly() {
    MovePlan move = inPlace().plan().move(1);
    assertEquals(MovePlan.Kind.IN_PLACE, move.kind());
    assertEquals(List.of(new KeyColumn("id", "bigint", "id", "bigint")), move.key());
    assertEquals(
        List.of(new ProjectedColumn("handle", "text", "lower(username)", Comparison.BYTES, false)),
        move.columns());
    assertEquals(
        List.of(new ProjectedColumn("username", "text", "handle", Comparison.BYTES, false)),
        move.reverse());
    assertEquals(1000, move.estimatedRows());
  }

  @Test
  void aColumnFilledInPlaceMayNotFailAWriteByBeingUnique() {
    Refusal refusal =
        only(
            "KD2122",
            Catalogs.of(read(IN_PLACE))
                .before(table("users", "id bigint pk", "username text"))
                .after(
                    table("users", "id bigint pk", "username text", "handle text")
                        .unique("by_handle", "handle")));
    assertEquals("public.users.handle", refusal.object());
  }

  @Test
  void aChunkInPlaceIsNeverLongerThanFiftyMillis() {
    String chunk = "backfill: {chunk: 2s}\n";
    Plan copy = copy("", chunk).after(table("sales", "id bigint pk")).plan();
    assertEquals(Duration.ofMillis(50), users(IN_PLACE + chunk).plan().move(1).chunk());
    assertEquals(Duration.ofSeconds(2), copy.move(1).chunk());
  }

  @Test
  void aCopyTakesSameNamedColumnsOverInTheTargetsOrder() {
    Plan plan =
        copy("columns: {cents: price * 100}, ignore: [note]", "")
            .after(
                table("sales", "at date", "cents bigint", "note text", "Id text", "id bigint pk"))
            .plan();
    assertEquals(List.of(), plan.refusals());
    assertEquals(List.of("at = \"at\"", "cents = price * 100", "id = \"id\""), projection(plan));
  }

  @Test
  void typesThatHoldEachOtherAreTakenOver() {
    Plan plan =
        copy("", "")
            .after(table("sales", "id bigint pk", "price numeric", "note character varying(9)"))
            .plan();
    assertEquals(List.of("id = \"id\"", "note = \"note\"", "price = \"price\""), sorted(plan));
    assertEquals("character varying", plan.move(1).columns().get(2).type());
    assertTrue(plan.warnings().get(0).contains("a value that does not fit stops the copy"));
  }

  @Test
  void digitsThatGetLostAreWarnedOf() {
    assertEquals(
        "public.sales.price is numeric(10,1), the same-named column of public.orders is"
            + " numeric(10,2): values are rounded, and compared as such",
        copy("", "")
            .after(table("sales", "id bigint pk", "price numeric(10,1)"))
            .plan()
            .warnings()
            .get(0));
  }

  @Test
  void theKeyMayBeRenamedAndCast() {
    for (String sql : List.of("id", "id::bigint", "\"id\"", "(id)", "CAST(id AS bigint)")) {
      Plan plan =
          copy("columns: {nr: '" + sql + "'}", "").after(table("sales", "nr bigint pk")).plan();
      assertEquals(List.of(), plan.refusals(), sql);
      assertEquals(List.of(new KeyColumn("id", "bigint", "nr", "bigint")), plan.move(1).key());
    }
  }

  @Test
  void anotherUniqueIndexMayBeTheKeyInItsOwnOrder() {
    Tables source = table("orders", "a integer notnull", "b text notnull").unique("u", "b", "a");
    Plan plan =
        Catalogs.of(spec("{from: orders, to: sales, key: [a, b]}", ""))
            .both(source)
            .after(table("sales", "a integer pk", "b text pk"))
            .plan();
    assertEquals(List.of("b", "a"), plan.move(1).key().stream().map(KeyColumn::source).toList());
  }

  @Test
  void anOldSideFollowsOnlyWhenReverseIsGiven() {
    Tables target = table("sales", "id bigint pk", "price numeric(10,2)", "at date");
    assertEquals(List.of(), copy("", "").after(target).plan().move(1).reverse());
    Plan plan = copy("reverse: {note: \"'x'\"}", "").after(target).plan();
    assertEquals(List.of(), plan.refusals());
    assertEquals(
        List.of("id", "price", "note", "at"),
        plan.move(1).reverse().stream().map(ProjectedColumn::column).toList());
    assertEquals("\"id\"", plan.move(1).reverse().get(0).expression());
  }

  @Test
  void columnsOfOtherUniqueIndexesAreMarked() {
    Tables target =
        table("sales", "id bigint pk", "price numeric(10,2)", "note text", "at date")
            .unique("by_note", "note");
    assertEquals(List.of("note"), unique(copy("", "").after(target).plan()));
    target.unusable("by_lower", "it is over an expression", "");
    assertEquals(List.of("id", "price", "note", "at"), unique(copy("", "").after(target).plan()));
  }

  @Test
  void generatedColumnsAreLeftToTheServer() {
    Plan plan =
        copy("", "").after(table("sales", "id bigint pk", "price numeric(10,2) generated")).plan();
    assertEquals(List.of("id = \"id\""), projection(plan));
  }

  @Test
  void theWalkHasItsStepsInOrder() {
    Plan plan =
        copy(", where: id > 0", "expand: [E1, E2]\ncontract: [DROP TABLE orders]\n")
            .after(table("sales", "id bigint pk"))
            .plan();
    assertEquals(List.of(), plan.refusals());
    assertEquals(
        List.of(
            "expand awaitGate",
            "expand applyDdl",
            "expand applyDdl",
            "capture deferIndexes",
            "capture installCapture",
            "backfill fill",
            "backfill restoreIndexes",
            "reconcile compare",
            "reads awaitGate",
            "writes awaitGate",
            "writes handOver",
            "stability hold",
            "contract awaitGate",
            "contract removeCapture",
            "contract applyDdl"),
        plan.steps().stream().map(step -> step.phase().label() + " " + step.kind()).toList());
  }

  @Test
  void copiesThatShareATableHandOverTogether() {
    Tables elsewhere = table("users", "id bigint pk");
    Plan plan =
        Catalogs.of(
                spec(
                    "{from: orders, to: sales}, {from: users, to: people},"
                        + " {from: orders, to: lines}",
                    ""))
            .both(ORDERS)
            .both(elsewhere)
            .after(table("sales", "id bigint pk"))
            .after(table("people", "id bigint pk"))
            .after(table("lines", "id bigint pk"))
            .plan();
    assertEquals(List.of(), plan.refusals());
    assertEquals(
        List.of(List.of(1, 3), List.of(2), List.of(1, 3)),
        plan.moves().stream().map(MovePlan::together).toList());
    assertEquals(
        List.of(1, 2),
        plan.steps().stream()
            .filter(Step.HandOver.class::isInstance)
            .map(step -> ((Step.HandOver) step).move())
            .toList());
    Step.HandOver first =
        plan.steps().stream()
            .filter(Step.HandOver.class::isInstance)
            .map(Step.HandOver.class::cast)
            .findFirst()
            .orElseThrow();
    assertEquals(
        "LOCK TABLE public.orders, public.sales, public.lines IN SHARE ROW EXCLUSIVE MODE",
        first.sql().get(0));
    assertEquals(
        List.of("public.orders", "public.sales", "public.lines"),
        first.locks().stream().map(Step.Lock::relation).toList());
    assertTrue(
        PlanText.render(plan)
            .contains("hand over to public.sales, public.lines, 2 moves in one transaction"),
        PlanText.render(plan));
  }

  @Test
  void aStatementCarriesItsUndoItsLocksAndWhatItDestroys() {
    Step.Destroyed gone = new Step.Destroyed(new TableName("public", "orders"), List.of());
    Plan plan =
        copy("", "expand: [E1, {sql: E2, undo: U2}]\ncontract: [C1]\n")
            .after(table("sales", "id bigint pk"))
            .expand(1, new Rehearsal("E1", null, List.of("U1"), true, List.of(), List.of("a b X")))
            .expand(2, new Rehearsal("E2", null, List.of(), false, List.of(), List.of()))
            .contract(1, new Rehearsal("C1", null, List.of(), false, List.of(gone), List.of()))
            .plan();
    assertEquals(
        List.of(
            new Step.ApplyDdl(
                Phase.EXPAND,
                1,
                "E1",
                List.of("U1"),
                List.of(),
                List.of(new Step.Lock("a b", "X"))),
            new Step.ApplyDdl(Phase.EXPAND, 2, "E2", List.of("U2"), List.of()),
            new Step.ApplyDdl(Phase.CONTRACT, 1, "C1", List.of(), List.of(gone))),
        plan.steps().stream().filter(Step.ApplyDdl.class::isInstance).toList());
  }

  @Test
  void aPlanWithRefusalsHasNoSteps() {
    Plan plan = copy("", "").inRecovery().after(table("sales", "id bigint pk")).plan();
    assertEquals(List.of(), plan.steps());
    assertEquals(List.of(), plan.moves());
  }

  // What is refused

  // 9
  @Test
  void missingTablesAreNamedWithTheNearest() {
    Refusal source =
        only(
            "KD2101",
            Catalogs.of(spec("{from: order, to: sales}", ""))
                .known("orders")
                .after(table("sales", "id bigint pk")));
    assertEquals("public.order", source.object());
    assertEquals("did you mean \"public.orders\"?", source.help());
    Refusal elsewhere =
        only(
            "KD2101",
            Catalogs.of(spec("{from: orders, to: sales}", ""))
                .both(ORDERS)
                .known("shop.\"sales\""));
    assertEquals("did you mean \"shop.sales\"?", elsewhere.help());
  }

  // 9
  @Test
  void missingColumnsAreNamedWithTheNearest() {
    Refusal column =
        only(
            "KD2101",
            copy("columns: {prise: price}", "")
                .after(table("sales", "id bigint pk", "price numeric")));
    assertEquals("public.sales.prise", column.object());
    assertEquals("did you mean \"price\"?", column.help());
    only("KD2101", copy("ignore: [notes]", "").after(table("sales", "id bigint pk")));
    only(
        "KD2101",
        copy("reverse: {nope: '1'}", "").after(table("sales", "id bigint pk", "at date")));
  }

  // 10
  @Test
  void aSourceWithoutUsableKeyIsRefusedWithReasons() {
    Tables source =
        table("orders", "id bigint", "email text").unusable("u", "email may be NULL", "email");
    Refusal refusal = only("KD2102", onto(source));
    assertEquals("it has no usable primary key (u: email may be NULL)", refusal.why());
    assertEquals(
        "CREATE UNIQUE INDEX CONCURRENTLY ON public.orders (…); over columns that are NOT NULL, and"
            + " name them under key",
        refusal.help());
    Refusal other = only("KD2102", onto(table("orders", "id bigint notnull").unique("u", "id")));
    assertEquals("set key: [id]", other.help());
    Refusal asked =
        only(
            "KD2102",
            Catalogs.of(spec("{from: orders, to: sales, key: [note]}", ""))
                .both(ORDERS)
                .after(table("sales", "id bigint pk")));
    assertEquals("it has no usable key (note)", asked.why());
    Refusal indexed =
        only(
            "KD2102",
            Catalogs.of(spec("{from: orders, to: sales, key: [nr, note]}", ""))
                .both(table("orders", "nr bigint notnull", "note text"))
                .after(table("sales", "id bigint pk")));
    assertEquals(
        "CREATE UNIQUE INDEX CONCURRENTLY ON public.orders (nr, note); over columns that are"
            + " NOT NULL",
        indexed.help());
  }

  @Test
  void aFloatIsAKeyLikeAnyOther() {
    Catalogs catalog =
        Catalogs.of(spec("{from: orders, to: sales}", ""))
            .both(table("orders", "id double precision pk"))
            .after(table("sales", "id double precision pk"));
    assertEquals(List.of(), catalog.plan().refusals());
  }

  @Test
  void aKeyIsNeitherCutNorRounded() {
    for (String fits : List.of("numeric", "numeric(14,2)", "numeric(12,3)")) {
      assertTrue(Types.sameKey("numeric(10,2)", fits), fits);
    }
    for (String rounds : List.of("numeric(10,1)", "numeric(10)", "integer", "text")) {
      assertFalse(Types.sameKey("numeric(10,2)", rounds), rounds);
    }
    assertFalse(Types.sameKey("numeric", "numeric(10,2)"));
    assertFalse(Types.sameKey("timestamp(3) with time zone", "timestamp(0) with time zone"));
    assertTrue(Types.sameKey("timestamp(3) with time zone", "timestamp with time zone"));
    assertTrue(Types.sameKey("character varying(9)", "character varying(5)"));
  }

  @Test
  void theTargetMustHoldTheKeyOneToOne() {
    only("KD2116", copy("", "").after(table("sales", "nr bigint pk", "price numeric")));
    only("KD2116", copy("", "").after(table("sales", "id bigint notnull")));
    only("KD2116", copy("", "").after(table("sales", "id bigint pk", "note text pk")));
    only("KD2116", copy("columns: {id: id / 10}", "").after(table("sales", "id bigint pk")));
    only("KD2116", copy("columns: {id: 'id::date'}", "").after(table("sales", "id date pk")));
    only(
        "KD2116",
        copy("reverse: {id: id + 1}", "").after(table("sales", "id bigint pk", "at date")));
  }

  @Test
  void onlyOrdinaryTablesAreMoved() {
    for (String kind : List.of("v", "m", "f", "S")) {
      Refusal refusal = only("KD2111", onto(table("orders", "id bigint pk").kind(kind)));
      assertTrue(refusal.why().contains("comes later"));
    }
    only("KD2111", onto(table("orders", "id bigint pk").partition()));
  }

  @Test
  void whatNothingFillsIsRefused() {
    only("KD2113", copy("", "").after(table("sales", "id bigint pk", "kind text notnull")));
    assertEquals(
        List.of(),
        copy("", "")
            .after(
                table(
                    "sales",
                    "id bigint pk",
                    "k text notnull default",
                    "n bigint notnull bydefault"))
            .plan()
            .refusals());
    only("KD2113", copy("reverse: {}", "").after(table("sales", "id bigint pk")));
  }

  @Test
  void columnsThatCannotBeWrittenAreRefused() {
    only(
        "KD2115",
        copy("columns: {g: price}", "")
            .after(table("sales", "id bigint pk", "g numeric generated")));
    Refusal identity = only("KD2115", copy("", "").after(table("sales", "id bigint always pk")));
    assertEquals(
        "ALTER TABLE public.sales ALTER COLUMN id SET GENERATED BY DEFAULT;", identity.help());
    only(
        "KD2115",
        users(
            IN_PLACE
                .replace("{handle: lower(username)}", "{id: '1'}")
                .replace(", reverse: {username: handle}", "")));
  }

  @Test
  void otherTypesAreNotConvertedWithoutAWord() {
    Refusal refusal =
        only("KD2105", copy("", "").after(table("sales", "id bigint pk", "price integer")));
    assertEquals("say how one becomes the other: price: price::integer", refusal.help());
  }

  @Test
  void aTargetThatCountsByItselfWhatTheSourceCountsIsRefused() {
    Tables source = table("orders", "id bigint pk bydefault draws:public.orders_id_seq");
    Refusal refusal =
        only(
            "KD2132",
            copied(source, table("sales", "id bigint pk bydefault draws:public.sales_id_seq")));
    assertEquals("public.sales.id", refusal.object());
    assertTrue(refusal.why().startsWith("it draws from public.sales_id_seq"), refusal.why());
    assertEquals(
        "let both draw from one sequence until contract: ALTER TABLE public.sales"
            + " ALTER COLUMN id DROP IDENTITY,"
            + " ALTER COLUMN id SET DEFAULT nextval('public.orders_id_seq');",
        refusal.help());
    for (String same : List.of("draws:public.orders_id_seq", "default", "")) {
      Tables target = table("sales", ("id bigint pk " + same).strip());
      assertEquals(List.of(), copied(source, target).plan().refusals());
    }
  }

  @Test
  void typesThatCannotBeComparedAreRefused() {
    only(
        "KD2112",
        copy("columns: {doc: note}", "")
            .after(table("sales", "id bigint pk", "doc json uncomparable")));
  }

  @Test
  void aTypeThatCannotBeComparedIsTakenWhereTheSpecSaysHow() {
    Tables sales = table("sales", "id bigint pk", "doc odd uncomparable", "n integer");
    for (String rule : List.of("ignore", "{as: 'doc::text'}")) {
      Plan plan =
          copy("columns: {doc: note, n: 1}, compare: {doc: %s}".formatted(rule), "")
              .after(sales)
              .plan();
      assertEquals(List.of(), plan.refusals(), rule);
      assertEquals(Comparison.IMAGE, plan.move(1).columns().get(1).comparison());
    }
    only(
        "KD2112",
        copy("columns: {doc: note, n: 1}, compare: {n: {tolerance: 1}}", "").after(sales));
  }

  @Test
  void howColumnsAreComparedIsInThePlan() {
    Plan plan =
        copy(
                "reverse: {}, compare: {price: {tolerance: 0.10}, at: ignore, note: {as: lower(note)}}",
                "")
            .after(
                table(
                    "sales",
                    "id bigint pk",
                    "price numeric(10,2)",
                    "note text",
                    "at date",
                    "n text"))
            .plan();
    assertEquals(List.of(), plan.refusals());
    assertEquals(
        List.of("by value", "within 0.1", "as lower(note)", "not at all"),
        plan.move(1).columns().stream().map(ProjectedColumn::compared).toList());
    assertEquals(
        List.of("by value", "within 0.1", "as lower(note)", "not at all"),
        plan.move(1).reverse().stream().map(ProjectedColumn::compared).toList());
    assertEquals("'0.1'::numeric", plan.move(1).columns().get(1).compare().sql());
    // The writer compares as ever.
    assertEquals(
        List.of(Comparison.PLAIN, Comparison.PLAIN, Comparison.BYTES, Comparison.PLAIN),
        plan.move(1).columns().stream().map(ProjectedColumn::comparison).toList());
  }

  @Test
  void waysOfComparingThatProveNothingAreRefused() {
    String target = "compare: {%s}";
    Tables sales =
        table("sales", "id bigint pk", "price numeric(10,2)", "note text", "at date", "extra text");
    for (String rule :
        List.of(
            "id: ignore",
            "extra: ignore",
            "note: {tolerance: 1}",
            "price: {tolerance: 1s}",
            "at: {tolerance: 1d}",
            "note: {as: price}",
            "note: {as: note || price}",
            "note: {as: \"'x'\"}",
            "note: {as: 'note::odd'}",
            "price: ignore, note: ignore, at: ignore")) {
      only("KD2135", copy(target.formatted(rule), "").after(sales));
    }
    only("KD2101", copy(target.formatted("nothing: ignore"), "").after(sales));
    only(
        "KD2104",
        copy(target.formatted("note: {as: lower(note)}"), "")
            .after(sales)
            .refuses("1 compare note", "it is not immutable"));
  }

  @Test
  void aPlanThatComparesByTypeIsWrittenAsBefore() {
    Plan plan = copy("", "").after(table("sales", "id bigint pk", "note text")).plan();
    assertFalse(CanonicalJson.text(plan).contains("\"compare\":"), CanonicalJson.text(plan));
  }

  @Test
  void aColumnComputedFromItselfIsRefused() {
    Refusal refusal =
        only(
            "KD2114",
            users(
                IN_PLACE
                    .replace("{handle: lower(username)}", "{username: lower(username)}")
                    .replace(", reverse: {username: handle}", "")));
    assertEquals("moves[1].columns.username", refusal.object());
    only("KD2114", users(IN_PLACE.replace("{username: handle}", "{username: username || handle}")));
    assertEquals(
        List.of(),
        copy("columns: {price: price * 2}", "")
            .after(table("sales", "id bigint pk", "price numeric"))
            .plan()
            .refusals());
  }

  // 12
  @Test
  void whatTheServerRefusesIsRefusedWithARemedy() {
    Catalogs catalog =
        copy("columns: {day: at::date}, where: (select true)", "")
            .after(table("sales", "id bigint pk", "day date"))
            .refuses("1 columns day", "functions in index expression must be marked IMMUTABLE")
            .refuses("1 where", "cannot use subquery in index predicate");
    List<Refusal> refusals = catalog.plan().refusals();
    assertEquals(List.of("KD2104", "KD2104"), refusals.stream().map(Refusal::code).toList());
    assertTrue(refusals.get(0).help().contains("AT TIME ZONE 'UTC'"));
    assertTrue(refusals.get(1).help().contains("one row"));
    assertEquals("moves[1].where", refusals.get(1).object());
  }

  @Test
  void whatTheServerWasNotAskedIsRefused() {
    only("KD2104", copy("columns: {id: id}", "").after(table("sales", "id bigint pk")).unasked());
  }

  @Test
  void aTargetMustBeEmptyAndAlone() {
    Tables target = table("sales", "id bigint pk");
    only("KD2117", copy("", "").both(table("sales", "id bigint pk").rows()));
    only("KD2119", copy("", "").after(table("sales", "id bigint pk").referencedBy("lines_fkey")));
    only("KD2120", copy("", "").after(table("sales", "id bigint pk").triggers("touch")));
    assertEquals(List.of(), copy("", "").both(target).plan().refusals());
  }

  @Test
  void aFollowingSideThatIsReferencedIsRefused() {
    Tables source = table("orders", "id bigint pk").referencedBy("lines_fkey");
    only(
        "KD2119",
        Catalogs.of(spec("{from: orders, to: sales, reverse: {}}", ""))
            .both(source)
            .after(table("sales", "id bigint pk")));
    assertEquals(List.of(), onto(source).plan().refusals());
  }

  @Test
  void publicationsThatCarryTheTargetAreRefusedWithTheirSubscribers() {
    TableName sales = new TableName("public", "sales");
    TableName orders = new TableName("public", "orders");
    Tables target = table("sales", "id bigint pk");
    Refusal all =
        only(
            "KD2118",
            copy("", "")
                .after(target)
                .publication(new Publication("everything", true, List.of(), List.of("dwh"))));
    assertTrue(all.why().endsWith("subscribed by dwh"));
    only(
        "KD2118",
        copy("", "")
            .after(target)
            .publication(new Publication("p", false, List.of(sales), List.of())));
    assertEquals(
        List.of(),
        copy("", "")
            .after(target)
            .publication(new Publication("p", false, List.of(orders), List.of("dwh")))
            .plan()
            .refusals());
  }

  @Test
  void statementsThatFailOrCannotBeTakenBackAreRefused() {
    Tables target = table("sales", "id bigint pk");
    only("KD2109", copy("", "expand: [E1]\n").after(target).expand(1, Catalogs.fails("E1", "no")));
    only(
        "KD2108", copy("", "contract: [C]\n").after(target).contract(1, Catalogs.fails("C", "no")));
    Rehearsal changes = new Rehearsal("E1", null, List.of(), false, List.of(), List.of());
    only("KD2110", copy("", "expand: [E1]\n").after(target).expand(1, changes));
    assertEquals(
        List.of(),
        copy("", "expand: [{sql: E1, undo: U1}]\n")
            .after(target)
            .expand(1, changes)
            .plan()
            .refusals());
    Step.Destroyed gone = new Step.Destroyed(new TableName("public", "x"), List.of("y"));
    Rehearsal destroys = new Rehearsal("E1", null, List.of(), false, List.of(gone), List.of());
    Refusal early =
        only(
            "KD2110",
            copy("", "expand: [{sql: E1, undo: U1}]\n").after(target).expand(1, destroys));
    assertTrue(early.why().contains("public.x (y)"));
  }

  @Test
  void aTargetThatAFailedExpandWouldMakeIsNotMissedToo() {
    only("KD2109", copy("", "expand: [E1]\n").expand(1, Catalogs.fails("E1", "no")));
  }

  // 18
  @Test
  void missingRightsComeWithTheirGrant() {
    Refusal refusal =
        only("KD2201", onto(table("orders", "id bigint pk").lacks("SELECT", "TRIGGER")));
    assertEquals("GRANT SELECT, TRIGGER ON public.orders TO kedge;", refusal.help());
  }

  // 19
  @Test
  void rowSecurityIsRefused() {
    only("KD2202", onto(table("orders", "id bigint pk").rowSecurity()));
  }

  // 20
  @Test
  void aStandbyIsRefused() {
    String fields = "expand: [E1]\ncontract: [C1]\n";
    only("KD2203", Catalogs.of(spec("{from: orders, to: sales}", fields)).inRecovery());
  }

  // 21
  @Test
  void aTableOfAnotherMigrationIsRefusedByName() {
    TableName orders = new TableName("public", "orders");
    Tables target = table("sales", "id bigint pk");
    Refusal refusal =
        only("KD3001", copy("", "").after(target).owner(new Owner(orders, "m1", "10:42")));
    assertEquals("migration m1 works on it since 10:42", refusal.why());
    assertEquals(
        List.of(),
        copy("", "").after(target).owner(new Owner(orders, "test", "10:42")).plan().refusals());
  }

  // What is warned of

  @Test
  void whatTheOwnerShouldKnowIsSaid() {
    warns(
        "users has handle already",
        Catalogs.of(read(IN_PLACE))
            .both(table("users", "id bigint pk", "username text", "handle text")));
    warns("what handle = lower(username) forgets", users(IN_PLACE));
    warns("foreign keys", copy("", "").after(table("sales", "id bigint pk").foreignKeys("f")));
    warns(
        "expand[1] changes nothing",
        copy("", "expand: [SET x = 1]\n")
            .after(table("sales", "id bigint pk"))
            .expand(1, Catalogs.adds("SET x = 1")));
  }

  @Test
  void aSynchronousCopyFlipsOnceItIsCompared() {
    Tables target = table("sales", "id bigint pk");
    assertEquals(
        List.of("compare", "flip"),
        copy("sync: synchronous", "").after(target).plan().stepsOf(Phase.RECONCILE).stream()
            .map(Step::kind)
            .toList());
    assertEquals(
        List.of("compare"),
        copy("", "").after(target).plan().stepsOf(Phase.RECONCILE).stream()
            .map(Step::kind)
            .toList());
  }

  @Test
  void whatASynchronousCopyCostsAndRisksIsSaid() {
    Catalogs catalog =
        copy("columns: {day: note}, sync: synchronous", "")
            .after(
                table("sales", "id bigint pk", "note text notnull", "day text", "at date notnull")
                    .unique("sales_day", "day")
                    .foreignKeys("f"));
    warns("one subtransaction", catalog);
    warns("NOT NULL of note of public.sales is not implied", catalog);
    warns("unique index sales_day", catalog);
    warns("foreign keys f", catalog);
  }

  // What is approved is what runs

  @Test
  void theSameInputsGiveTheSameHash() {
    assertEquals(inPlace().plan().planHash(), inPlace().plan().planHash());
    assertTrue(PlanHash.isGenuine(inPlace().plan()));
  }

  @Test
  void theOrderOfColumnsInASpecDoesNotMatter() {
    Tables target = table("sales", "id bigint pk", "a text", "b text");
    Plan one = copy("columns: {a: note, b: note}", "").after(target).plan();
    Plan other = copy("columns: {b: note, a: note}", "").after(target).plan();
    assertEquals(one.planHash(), other.planHash());
  }

  @Test
  void anythingElseMatters() {
    Tables target = table("sales", "id bigint pk");
    List<String> hashes =
        Stream.of("", "cutover: {stability: 1h}\n", "approvals: {reads: {count: 2}}\n")
            .map(more -> copy("", more).after(target).plan().planHash())
            .distinct()
            .toList();
    assertEquals(3, hashes.size());
    assertNotEquals(hashes.get(0), copy("where: id > 0", "").after(target).plan().planHash());
  }

  private static final String IN_PLACE =
      """
      kedge: 1
      migration: test
      database: app
      moves:
        - {from: users, to: users, columns: {handle: lower(username)}, reverse: {username: handle}}
      """;

  private static Catalogs inPlace() {
    return users(IN_PLACE + "expand: [ALTER TABLE users ADD COLUMN handle text]\n");
  }

  private static Catalogs users(String yaml) {
    return Catalogs.of(read(yaml))
        .before(table("users", "id bigint pk", "username text"))
        .after(table("users", "id bigint pk", "username text", "handle text").triggers("touch"));
  }

  /** A copy of orders into sales, which the test adds. */
  private static Catalogs copy(String more, String fields) {
    String separator = more.isEmpty() || more.startsWith(",") ? "" : ", ";
    return Catalogs.of(spec("{from: orders, to: sales" + separator + more + "}", fields))
        .both(ORDERS);
  }

  /** A copy of {@code source}, called orders, into a table with its key. */
  private static Catalogs onto(Tables source) {
    return copied(source, table("sales", "id bigint pk"));
  }

  private static Catalogs copied(Tables orders, Tables sales) {
    return Catalogs.of(spec("{from: orders, to: sales}", "")).both(orders).after(sales);
  }

  private static Spec spec(String move, String fields) {
    return read("kedge: 1\nmigration: test\ndatabase: app\nmoves: [" + move + "]\n" + fields);
  }

  private static Spec read(String yaml) {
    try {
      return SpecReader.read("spec.yaml", yaml);
    } catch (SpecException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }

  private static Refusal only(String code, Catalogs catalog) {
    List<Refusal> refusals = catalog.plan().refusals();
    assertEquals(List.of(code), refusals.stream().map(Refusal::code).toList(), refusals::toString);
    return refusals.get(0);
  }

  private static void warns(String part, Catalogs catalog) {
    Plan plan = catalog.plan();
    assertEquals(List.of(), plan.refusals());
    assertTrue(
        plan.warnings().stream().anyMatch(warning -> warning.contains(part)),
        () -> plan.warnings().toString());
  }

  private static List<String> projection(Plan plan) {
    return plan.move(1).columns().stream()
        .map(column -> column.column() + " = " + column.expression())
        .toList();
  }

  private static List<String> sorted(Plan plan) {
    return projection(plan).stream().sorted().toList();
  }

  private static List<String> unique(Plan plan) {
    return plan.move(1).columns().stream()
        .filter(ProjectedColumn::unique)
        .map(ProjectedColumn::column)
        .toList();
  }
}
