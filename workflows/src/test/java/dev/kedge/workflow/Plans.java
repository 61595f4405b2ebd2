package dev.kedge.workflow;

import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.KeyColumn;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Step;
import dev.kedge.spec.ApprovalPolicy;
import dev.kedge.spec.BackfillSettings;
import dev.kedge.spec.CutoverSettings;
import dev.kedge.spec.EvidenceSettings;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Guards;
import dev.kedge.spec.Invariant;
import dev.kedge.spec.Spec;
import dev.kedge.spec.Sync;
import dev.kedge.spec.TableName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Plans to walk through, in the order the planner makes them. */
final class Plans {
  static final String HASH = "sha256:plan";
  static final ApprovalPolicy NOBODY = new ApprovalPolicy(0, true, List.of());

  private final List<MovePlan> moves = new ArrayList<>();
  private final Map<Gate, ApprovalPolicy> policies = new EnumMap<>(Gate.class);
  private int lanes = 2;
  private Duration stability = Duration.ofHours(24);
  private List<Invariant> invariants = List.of();
  private Guards guards = Guards.NONE;

  private Plans() {
    for (Gate gate : Gate.values()) {
      policies.put(gate, ApprovalPolicy.defaultOf(gate));
    }
  }

  static Plans inPlace() {
    Plans plans = new Plans();
    plans.move(MovePlan.Kind.IN_PLACE, "users", "users");
    return plans;
  }

  static Plans twoInPlace() {
    Plans plans = inPlace();
    plans.move(MovePlan.Kind.IN_PLACE, "users", "users");
    return plans;
  }

  static Plans copy() {
    Plans plans = new Plans();
    plans.move(MovePlan.Kind.COPY, "orders", "orders2");
    return plans;
  }

  static Plans twoCopies() {
    Plans plans = copy();
    plans.move(MovePlan.Kind.COPY, "orders", "lines");
    return plans;
  }

  Plans gate(Gate gate, ApprovalPolicy policy) {
    policies.put(gate, policy);
    return this;
  }

  /** No gate asks anybody. */
  Plans ungated() {
    policies.replaceAll((gate, policy) -> NOBODY);
    return this;
  }

  /** So many lanes for every move. */
  Plans lanes(int number) {
    lanes = number;
    moves.replaceAll(move -> move(move.number(), move.kind(), move.source(), move.target()));
    return this;
  }

  /** All moves hand over in one transaction. */
  Plans together() {
    List<Integer> all = moves.stream().map(MovePlan::number).toList();
    moves.replaceAll(move -> move.withTogether(all));
    return this;
  }

  /** All targets follow in the application's own transactions. */
  Plans synchronous() {
    moves.replaceAll(move -> move.withSync(Sync.SYNCHRONOUS));
    return this;
  }

  /** Guards pause and abort at these bounds. */
  Plans guards(Guards bounds) {
    guards = bounds;
    return this;
  }

  /** Rows that cannot be taken over are passed over. */
  Plans quarantining() {
    moves.replaceAll(move -> move.withQuarantine(true));
    return this;
  }

  Plans stability(Duration length) {
    stability = length;
    return this;
  }

  /** Something must be true of the data. */
  Plans invariants(Invariant... all) {
    invariants = List.of(all);
    return this;
  }

  Plan build() {
    return new Plan(
        Plan.FORM, HASH, spec(), "sha256:catalog", moves, steps(), List.of(), List.of());
  }

  private void move(MovePlan.Kind kind, String from, String to) {
    moves.add(
        move(moves.size() + 1, kind, new TableName("public", from), new TableName("public", to)));
  }

  private MovePlan move(int number, MovePlan.Kind kind, TableName from, TableName to) {
    return new MovePlan(
        number,
        kind,
        from,
        to,
        List.of(new KeyColumn("id", "bigint", "id", "bigint")),
        List.of(new ProjectedColumn("v", "text", "lower(v)", Comparison.BYTES, false)),
        null,
        List.of(),
        lanes,
        Duration.ofMillis(50),
        1000);
  }

  private Spec spec() {
    return new Spec(
        "orders-split",
        "shop-team",
        "app",
        List.of(),
        List.of(),
        BackfillSettings.DEFAULT,
        new CutoverSettings(stability),
        List.of(),
        policies,
        guards,
        EvidenceSettings.DEFAULT,
        invariants);
  }

  private List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    gate(steps, Phase.EXPAND, Gate.EXPAND);
    for (int number = 1; number <= 2; number++) {
      steps.add(
          new Step.ApplyDdl(
              Phase.EXPAND, number, "CREATE " + number, List.of("DROP " + number), List.of()));
    }
    for (MovePlan move : moves) {
      if (copies(move)) {
        steps.add(new Step.DeferIndexes(Phase.CAPTURE, move.number(), List.of()));
      }
      steps.add(new Step.InstallCapture(Phase.CAPTURE, move.number(), List.of()));
    }
    check(steps, Phase.BACKFILL);
    for (MovePlan move : moves) {
      steps.add(new Step.Fill(Phase.BACKFILL, move.number(), List.of()));
      if (copies(move)) {
        steps.add(new Step.RestoreIndexes(Phase.BACKFILL, move.number(), List.of()));
      }
    }
    check(steps, Phase.RECONCILE);
    moves.forEach(move -> steps.add(new Step.Compare(Phase.RECONCILE, move.number(), List.of())));
    moves.stream()
        .filter(move -> move.sync() == Sync.SYNCHRONOUS)
        .forEach(
            move -> steps.add(new Step.Flip(Phase.RECONCILE, move.number(), List.of(), List.of())));
    gate(steps, Phase.READS, Gate.READS);
    gate(steps, Phase.WRITES, Gate.WRITES);
    moves.stream()
        .filter(MovePlan::leads)
        .forEach(move -> steps.add(new Step.HandOver(Phase.WRITES, move.number(), List.of())));
    steps.add(new Step.Hold(Phase.STABILITY, stability));
    gate(steps, Phase.CONTRACT, Gate.CONTRACT);
    moves.forEach(
        move -> steps.add(new Step.RemoveCapture(Phase.CONTRACT, move.number(), List.of())));
    steps.add(new Step.ApplyDdl(Phase.CONTRACT, 1, "DROP OLD", List.of(), List.of()));
    return steps;
  }

  private void check(List<Step> steps, Phase phase) {
    if (!invariants.isEmpty()) {
      steps.add(new Step.CheckInvariants(phase));
    }
  }

  private void gate(List<Step> steps, Phase phase, Gate gate) {
    steps.add(new Step.AwaitGate(phase, gate, policies.getOrDefault(gate, NOBODY)));
  }

  private static boolean copies(MovePlan move) {
    return move.kind() == MovePlan.Kind.COPY;
  }
}
