package dev.kedge.registry;

import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.KeyColumn;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.spec.ApprovalPolicy;
import dev.kedge.spec.BackfillSettings;
import dev.kedge.spec.CutoverSettings;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Move;
import dev.kedge.spec.Spec;
import dev.kedge.spec.TableName;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Small plans for tests that only register them. */
public final class Plans {
  private Plans() {}

  /** A copy of {@code public.<from>} to {@code public.<to>} by key {@code id}. */
  public static Plan copy(String migration, String from, String to) {
    TableName source = new TableName("public", from);
    TableName target = new TableName("public", to);
    MovePlan move =
        new MovePlan(
            1,
            MovePlan.Kind.COPY,
            source,
            target,
            List.of(new KeyColumn("id", "bigint", "id", "bigint")),
            List.of(new ProjectedColumn("id", "bigint", "\"id\"", Comparison.PLAIN, false)),
            null,
            List.of(),
            2,
            Duration.ofMillis(50),
            1000);
    Spec spec =
        new Spec(
            migration,
            "team",
            "app",
            List.of(),
            List.of(
                new Move(source, target, Map.of("id", "id"), List.of(), null, List.of(), Map.of())),
            BackfillSettings.DEFAULT,
            CutoverSettings.DEFAULT,
            List.of(),
            Arrays.stream(Gate.values())
                .collect(Collectors.toMap(gate -> gate, ApprovalPolicy::defaultOf)));
    return new Plan(
        Plan.FORM,
        "sha256:" + migration,
        spec,
        "sha256:c",
        List.of(move),
        List.of(),
        List.of(),
        List.of());
  }
}
