package dev.kedge.starter;

import dev.kedge.activity.MoveProgress;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Refusal;
import dev.kedge.spec.ApprovalPolicy;
import dev.kedge.spec.BackfillSettings;
import dev.kedge.spec.CutoverSettings;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Move;
import dev.kedge.spec.Spec;
import dev.kedge.spec.TableName;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.MigrationStatus.WaitingFor;
import dev.kedge.workflow.State;
import dev.kedge.workflow.Verdict;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Statuses, specs and plans for tests. */
final class Samples {
  static final String NAME = "users-handle";
  static final String EVIDENCE = "sha256:evidence";

  static final String SPEC =
      """
      kedge: 1
      migration: users-handle
      owner: identity-team
      database: app
      expand:
        - ALTER TABLE users ADD COLUMN handle text
      moves:
        - from: users
          to: users
          columns: { handle: lower(username) }
      """;

  private Samples() {}

  static MigrationStatus status(Phase phase, State state, @Nullable Gate open) {
    return status(phase, state, open, List.of());
  }

  static MigrationStatus status(
      Phase phase, State state, @Nullable Gate open, List<Verdict> verdicts) {
    boolean stopped = state == State.PAUSED || state == State.PARKED;
    return new MigrationStatus(
        MigrationStatus.FORM,
        NAME,
        "migration." + NAME,
        phase,
        state,
        stopped ? "somebody had a reason" : null,
        stopped ? "do something about it" : null,
        "identity-team",
        "sha256:plan",
        open == null ? null : new WaitingFor(open, 1, 0, EVIDENCE),
        List.of(progress(120_000L, 91_000.0)),
        new MigrationStatus.Reconciliation(null, null, null),
        null,
        null,
        verdicts,
        List.of(),
        "2026-01-01T00:00:00Z",
        7L);
  }

  static MoveProgress progress(Long rows, Double rate) {
    return new MoveProgress(
        "public.users",
        "public.users",
        rows,
        1_000_000L,
        rate,
        9.6,
        2,
        8_000L,
        "2026-01-01T00:00:00Z",
        null,
        12L,
        null);
  }

  static Plan plan(Refusal... refusals) {
    TableName users = new TableName("public", "users");
    Spec spec =
        new Spec(
            NAME,
            "identity-team",
            "app",
            List.of(),
            List.of(
                new Move(
                    users,
                    users,
                    Map.of("handle", "lower(username)"),
                    List.of(),
                    null,
                    List.of(),
                    Map.of())),
            BackfillSettings.DEFAULT,
            CutoverSettings.DEFAULT,
            List.of(),
            Arrays.stream(Gate.values())
                .collect(Collectors.toMap(gate -> gate, ApprovalPolicy::defaultOf)));
    return new Plan(
        Plan.FORM,
        "sha256:plan",
        spec,
        "sha256:catalog",
        List.of(),
        List.of(),
        List.of(refusals),
        List.of());
  }
}
