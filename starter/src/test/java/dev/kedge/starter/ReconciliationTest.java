package dev.kedge.starter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

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
}
