package dev.kedge.plan;

import static dev.kedge.plan.Tables.table;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.plan.Reactions.Constraint;
import dev.kedge.plan.Reactions.Index;
import dev.kedge.plan.Reactions.Trigger;
import dev.kedge.spec.Spec;
import dev.kedge.spec.SpecException;
import dev.kedge.spec.SpecReader;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a plan says of the triggers, rules and constraints of a table that is filled in place. */
final class InPlaceReactionsTest {
  private static final Trigger TOUCH = trigger("touch", "O", null);
  private static final Trigger AUDIT = trigger("audit", "O", null);

  @Test
  void ordinaryTriggersAreSilentWhereTheRoleMayDoThat() {
    Plan plan = plan("", with(true, TOUCH, AUDIT));

    assertEquals(List.of(), plan.refusals());
    assertTrue(plan.move(1).quiet());
    warns(plan, "do not fire for rows that are filled: touch BEFORE UPDATE, audit BEFORE UPDATE");
    assertEquals(
        "SET LOCAL session_replication_role = replica",
        plan.steps().stream()
            .filter(Step.Fill.class::isInstance)
            .findFirst()
            .orElseThrow()
            .sql()
            .get(0));
  }

  @Test
  void otherwiseTheyAreRefusedWithBothWaysOut() {
    Refusal refusal = only("KD2120", plan("", with(false, TOUCH, AUDIT)));

    assertTrue(refusal.why().contains("touch BEFORE UPDATE, audit BEFORE UPDATE"), refusal.why());
    assertEquals(
        "GRANT SET ON PARAMETER session_replication_role TO kedge; (PostgreSQL 15 on), or accept"
            + " them: fires: [touch, audit]",
        refusal.help());
  }

  @Test
  void whatIsAcceptedFiresWhateverTheRoleMay() {
    for (boolean may : List.of(true, false)) {
      Plan plan = plan(", fires: [audit, touch]", with(may, TOUCH, AUDIT));

      assertEquals(List.of(), plan.refusals());
      assertFalse(plan.move(1).quiet());
      warns(plan, "fire for every row that is filled, as accepted: touch");
    }
  }

  @Test
  void aPartOfThemCannotBeSilent() {
    only("KD2128", plan(", fires: [touch]", with(true, TOUCH, AUDIT)));
    Refusal refusal = only("KD2120", plan(", fires: [touch]", with(false, TOUCH, AUDIT)));
    assertTrue(refusal.help().endsWith("fires: [audit]"), refusal.help());
  }

  @Test
  void whatCannotBeSilencedMustBeAccepted() {
    Trigger always = trigger("always", "A", null);
    Trigger replica = trigger("replica", "R", null);

    only("KD2120", plan("", with(true, always)));
    // Silence of the one is what fires the other.
    only("KD2120", plan("", with(true, TOUCH, replica)));
    assertFalse(plan("", with(true, replica)).move(1).quiet());
    assertTrue(plan(", fires: [replica]", with(true, TOUCH, replica)).move(1).quiet());
    assertFalse(plan(", fires: [always]", with(true, always)).move(1).quiet());
  }

  @Test
  void triggersThatTheUpdateCannotFireDoNotCount() {
    assertFalse(plan("", with(false, trigger("off", "D", null))).move(1).quiet());
    Trigger insert =
        new Trigger("insert", "BEFORE INSERT", "O", true, false, List.of(), null, false);
    Trigger other =
        new Trigger("other", "BEFORE UPDATE", "O", true, true, List.of("username"), null, false);
    assertFalse(plan("", with(false, insert, other)).move(1).quiet());
    Trigger ours =
        new Trigger("ours", "BEFORE UPDATE", "O", true, true, List.of("handle"), null, false);
    only("KD2120", plan("", with(false, ours)));
  }

  @Test
  void aConditionOverOtherColumnsIsUnderstoodInItsPlainForms() {
    quietOrNot(false, "old.username IS DISTINCT FROM new.username");
    quietOrNot(false, "((old.username)::text IS DISTINCT FROM (new.username)::text)");
    quietOrNot(false, "((old.username <> new.username) OR (old.id IS DISTINCT FROM new.id))");
    quietOrNot(false, "(old.\"a b\" IS DISTINCT FROM new.\"a b\")");
    quietOrNot(true, "((old.username <> new.username) OR (old.handle <> new.handle))");
    quietOrNot(true, "old.* IS DISTINCT FROM new.*");
    quietOrNot(true, "(old.username IS DISTINCT FROM new.handle)");
    quietOrNot(true, "(NOT (old.username <> new.username))");
    quietOrNot(true, "(new.username IS NOT NULL)");
  }

  @Test
  void aConditionIsNoGuardWhereAnotherTriggerChangesTheRow() {
    Trigger guarded = trigger("guarded", "O", "old.username <> new.username");

    Refusal refusal = only("KD2120", plan("", with(false, TOUCH, guarded)));

    assertTrue(refusal.why().contains("guarded"), refusal.why());
  }

  @Test
  void aColumnGeneratedFromWhatIsFilledChangesWithIt() {
    Trigger onGenerated =
        new Trigger("g", "AFTER UPDATE", "O", false, true, List.of("loud"), null, false);

    only(
        "KD2120",
        Catalogs.of(read(IN_PLACE.formatted("")))
            .both(
                table(
                        "users",
                        "id bigint pk",
                        "username text",
                        "handle text",
                        "loud text generated")
                    .reacts(with(false, onGenerated)))
            .plan());
  }

  @Test
  void aTriggerThatNobodyKnowsCannotBeAccepted() {
    Refusal refusal = only("KD2128", plan(", fires: [tuch]", with(true, TOUCH)));

    assertEquals("did you mean \"touch\"?", refusal.help());
  }

  @Test
  void aTriggerThatFiresAfterOursIsRefusedByName() {
    Trigger late =
        new Trigger("zzzzz_shout", "BEFORE INSERT", "O", true, false, List.of(), null, true);

    Refusal refusal = only("KD2127", plan("", with(true, late)));

    assertTrue(refusal.why().contains("zzzzz_shout"), refusal.why());
    assertTrue(refusal.help().startsWith("ALTER TRIGGER zzzzz_shout ON public.users RENAME TO"));
  }

  @Test
  void rulesAreRefused() {
    Reactions rules = new Reactions(List.of(), List.of("log_it"), List.of(), List.of(), true);
    assertTrue(only("KD2120", plan("", rules)).why().contains("log_it"));
  }

  @Test
  void aConstraintOnWhatIsFilledIsRefused() {
    only("KD2126", plan("", constrained("handle_short", "handle")));
    only("KD2126", plan("", constrained("whole_row", "")));
    assertEquals(List.of(), plan("", constrained("of_id", "id")).refusals());
  }

  @Test
  void aNewColumnThatIsNotNullWithoutDefaultIsRefused() {
    Tables before = table("users", "id bigint pk", "username text");
    String handle = "handle text notnull";
    only("KD2126", after(before, handle));
    assertEquals(List.of(), after(before, handle + " default").refusals());
    Tables already = table("users", "id bigint pk", "username text", handle);
    assertEquals(List.of(), after(already, handle).refusals());
  }

  @Test
  void rulesOfTheOldSideThatStillHoldAreSaid() {
    warns(plan("", constrained("username_short", "username")), "username_short still holds");
  }

  @Test
  void indexesOnWhatIsFilledAreSaid() {
    Reactions indexed =
        new Reactions(
            List.of(),
            List.of(),
            List.of(),
            List.of(new Index("by_handle", List.of("handle")), new Index("pk", List.of("id"))),
            true);
    warns(plan("", indexed), "(no heap-only updates): by_handle;");
  }

  private static void quietOrNot(boolean fires, String condition) {
    assertEquals(
        fires, plan("", with(true, trigger("t", "O", condition))).move(1).quiet(), condition);
  }

  private static final String IN_PLACE =
      """
      kedge: 1
      migration: test
      database: app
      moves:
        - {from: users, to: users, columns: {handle: lower(username)}, reverse: {username: handle}%s}
      """;

  private static Plan plan(String more, Reactions reactions) {
    return Catalogs.of(read(IN_PLACE.formatted(more)))
        .before(table("users", "id bigint pk", "username text"))
        .after(table("users", "id bigint pk", "username text", "handle text").reacts(reactions))
        .plan();
  }

  private static Plan after(Tables before, String handle) {
    return Catalogs.of(read(IN_PLACE.formatted("")))
        .before(before)
        .after(table("users", "id bigint pk", "username text", handle))
        .plan();
  }

  private static Reactions with(boolean silenceable, Trigger... triggers) {
    return new Reactions(List.of(triggers), List.of(), List.of(), List.of(), silenceable);
  }

  private static Reactions constrained(String name, String column) {
    return new Reactions(
        List.of(),
        List.of(),
        List.of(new Constraint(name, List.of(column), "CHECK (…)")),
        List.of(),
        true);
  }

  private static Trigger trigger(String name, String enabled, @Nullable String when) {
    return new Trigger(name, "BEFORE UPDATE", enabled, true, true, List.of(), when, false);
  }

  private static Refusal only(String code, Plan plan) {
    List<String> codes = plan.refusals().stream().map(Refusal::code).toList();
    assertEquals(List.of(code), codes, plan.refusals()::toString);
    return plan.refusals().get(0);
  }

  private static void warns(Plan plan, String part) {
    assertTrue(
        plan.warnings().stream().anyMatch(warning -> warning.contains(part)),
        () -> plan.warnings().toString());
  }

  private static Spec read(String yaml) {
    try {
      return SpecReader.read("spec.yaml", yaml);
    } catch (SpecException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }
}
