package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.CompareAs;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.projection.Values;
import dev.kedge.spec.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LikenessTest {
  private static final Likeness LIKENESS = new Likeness(new TableName("public", "b"));

  private static ProjectedColumn column(String name, Comparison comparison, CompareAs.Way way) {
    CompareAs rule =
        switch (way) {
          case WITHIN -> new CompareAs(way, "'0.1'::numeric", "numeric", null, "within 0.1");
          case AS -> new CompareAs(way, "data ? 'a' -- ?", null, Comparison.PLAIN, "as …");
          case IGNORED -> new CompareAs(way, null, null, null, "not at all");
        };
    return new ProjectedColumn(name, "some", name, comparison, false, rule);
  }

  // What nothing is said of costs nothing.
  @Test
  void withoutARuleItIsWhatTheTypeSays() {
    List<ProjectedColumn> columns =
        List.of(
            new ProjectedColumn("n", "integer", "n", Comparison.PLAIN, false),
            new ProjectedColumn("t", "text", "t", Comparison.BYTES, false));
    assertEquals(Values.differ(columns, "p.", "t."), LIKENESS.differ(columns, "p.", "t."));
    assertEquals("false", LIKENESS.differ(List.of(), "p.", "t."));
  }

  @Test
  void aRuleIsAPredicateThatIsNeverNull() {
    assertEquals(
        """
        false OR ((p."n")::numeric IS DISTINCT FROM (t."n")::numeric
          AND ((p."n")::numeric BETWEEN (t."n")::numeric - '0.1'::numeric AND (t."n")::numeric + '0.1'::numeric) IS NOT TRUE)""",
        LIKENESS.differ(
            List.of(
                column("x", Comparison.PLAIN, CompareAs.Way.IGNORED),
                column("n", Comparison.PLAIN, CompareAs.Way.WITHIN)),
            "p.",
            "t."));
  }

  @Test
  void anExpressionSeesTheColumnAloneInOneCollationOnBothSides() {
    assertEquals(
        """
        (SELECT (
        data ?? 'a' -- ?
        ) FROM (SELECT (p."data") COLLATE "default" AS "data") AS "b") IS DISTINCT FROM (SELECT (
        data ?? 'a' -- ?
        ) FROM (SELECT (t."data") COLLATE "default" AS "data") AS "b")""",
        LIKENESS.differ(List.of(column("data", Comparison.BYTES, CompareAs.Way.AS)), "p.", "t."));
  }
}
