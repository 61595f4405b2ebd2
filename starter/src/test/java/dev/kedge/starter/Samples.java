package dev.kedge.starter;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.RegistryActivities.Observation;
import dev.kedge.activity.RegistryActivities.Reading;
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
        7L,
        List.of(),
        List.of());
  }

  /** A backfill whose throttle is at work. */
  static MigrationStatus heldBack() throws JsonProcessingException {
    MoveProgress move =
        new MoveProgress(
                "public.orders",
                "public.sales",
                120_000L,
                1_000_000L,
                410.0,
                2_146.3,
                2,
                8_000L,
                "2026-01-01T00:00:00Z",
                null,
                12L,
                "replicationLag 3.2s of 2s",
                48L,
                1_200.0,
                5_400.0)
            .following("trailing");
    String at = "2026-01-01T00:00:02Z";
    return new MigrationStatus(
        MigrationStatus.FORM,
        NAME,
        "migration." + NAME,
        Phase.BACKFILL,
        State.RUNNING,
        null,
        null,
        "identity-team",
        "sha256:plan",
        null,
        List.of(move),
        new MigrationStatus.Reconciliation(5L, 0L, null),
        80L,
        Payloads.mapper()
            .readTree(
                """
                {"blockedByUs": 0, "deadlocks": 1, "serializationFailures": null,
                 "lockTimeouts": 3, "longestWaitMillis": 40}"""),
        List.of(),
        List.of(),
        "2026-01-01T00:00:00Z",
        7L,
        List.of(
            new Reading("throttle", "replicationLag", 3_219.0, 2_000, null, at),
            new Reading("throttle", "walPerSecond", 12.5e6, 40e6, null, at),
            new Reading("pause", "replicationLag", 3_219.0, 30_000, null, at),
            new Reading("pause", "queue", null, 1_000, "it returned no row", at)),
        List.of(new Observation("2026-01-01T00:00:01Z", "slower: replicationLag 3.2s of 2s")));
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
