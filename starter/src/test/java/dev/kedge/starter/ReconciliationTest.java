package dev.kedge.starter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Difference;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ReconciliationTest {
  @Test
  void whatCameBackIsToldApartFromDrift() {
    Difference seven = new Difference("public.people", "7", "missing");
    Comparison move =
        new Comparison(
            1, 100, 1, 0, 0, 0, 0, 99, 0, List.of(seven), "now", List.of(), List.of(seven));
    Reconciliation told = Reconciliation.of(List.of(move));
    assertFalse(told.proven());
    assertEquals(
        List.of(
            "100 rows compared: 1 differences (1 missing, 0 extra, 0 different), 0 not comparable",
            "  missing  public.people  key 7",
            "  came back  public.people  key 7: it was equal or repaired before"),
        told.lines());
  }

  @Test
  void whyARowCouldNotBeComparedIsSaidOnce() throws Exception {
    Difference seven = new Difference("public.people", "7", "notComparable");
    String why = "division by zero (SQLSTATE 22012)";
    Comparison people =
        new Comparison(1, 100, 0, 0, 0, 1, 0, 99, 0, List.of(seven), "now", List.of(why));
    Comparison orders = new Comparison(2, 5, 0, 0, 0, 2, 0, 3, 0, List.of(), "now", List.of(why));

    Reconciliation told = Reconciliation.of(List.of(people, orders));

    assertFalse(told.proven());
    assertEquals(
        List.of(
            "105 rows compared: 0 differences (0 missing, 0 extra, 0 different), 3 not comparable",
            "  not comparable: " + why,
            "  notComparable  public.people  key 7"),
        told.lines());
    assertTrue(Json.pretty(told).contains("\"reasons\""), Json.pretty(told));
    assertEquals(List.of(why), told.sampled(5).reasons());
  }
}
