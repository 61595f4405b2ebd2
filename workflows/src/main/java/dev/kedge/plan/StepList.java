package dev.kedge.plan;

import dev.kedge.plan.Catalog.Rehearsal;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Spec;
import dev.kedge.spec.Statement;
import dev.kedge.spec.Sync;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The steps of a migration in the order of the walk. */
final class StepList {
  private final Spec spec;
  private final Catalog catalog;
  private final List<MovePlan> moves;
  private final List<Step> steps = new ArrayList<>();

  StepList(Spec spec, Catalog catalog, List<MovePlan> moves) {
    this.spec = spec;
    this.catalog = catalog;
    this.moves = moves;
  }

  List<Step> steps() {
    expand();
    capture();
    backfill();
    reconcile();
    cutOver();
    contract();
    return steps;
  }

  private void expand() {
    await(Phase.EXPAND, Gate.EXPAND);
    for (int i = 0; i < spec.expand().size(); i++) {
      Statement statement = spec.expand().get(i);
      Rehearsal rehearsal = catalog.expand().get(i);
      List<String> undo = statement.undo() == null ? rehearsal.undo() : List.of(statement.undo());
      steps.add(
          new Step.ApplyDdl(
              Phase.EXPAND, i + 1, statement.sql(), undo, List.of(), locks(rehearsal)));
    }
  }

  private void capture() {
    for (MovePlan move : moves) {
      StepSql sql = new StepSql(move);
      if (isFirst(move)) {
        steps.add(
            new Step.DeferIndexes(
                Phase.CAPTURE,
                move.number(),
                isPartitioned(move) ? sql.keepIndexes() : sql.deferIndexes(),
                isPartitioned(move) ? List.of() : sql.targetRebuilt()));
      }
      steps.add(
          new Step.InstallCapture(
              Phase.CAPTURE, move.number(), sql.installCapture(), sql.triggersChanged()));
    }
  }

  private void backfill() {
    checkInvariants(Phase.BACKFILL);
    for (MovePlan move : moves) {
      StepSql sql = new StepSql(move);
      steps.add(new Step.Fill(Phase.BACKFILL, move.number(), sql.fill(), sql.rowsWritten()));
    }
    for (MovePlan move : moves) {
      if (isFirst(move)) {
        StepSql sql = new StepSql(move);
        steps.add(
            new Step.RestoreIndexes(
                Phase.BACKFILL,
                move.number(),
                isPartitioned(move) ? sql.analyze() : sql.restoreIndexes(),
                isPartitioned(move) ? List.of() : sql.targetRebuilt()));
      }
    }
  }

  // Its indexes cannot be built beside anybody, so they stay.
  private boolean isPartitioned(MovePlan move) {
    return Catalog.find(catalog.after(), move.target())
        .map(Catalog.Table::isPartitioned)
        .orElse(false);
  }

  private void reconcile() {
    checkInvariants(Phase.RECONCILE);
    for (MovePlan move : moves) {
      StepSql sql = new StepSql(move);
      steps.add(new Step.Compare(Phase.RECONCILE, move.number(), sql.compare(), sql.rowsRead()));
    }
    for (MovePlan move : moves) {
      if (move.sync() == Sync.SYNCHRONOUS) {
        StepSql sql = new StepSql(move);
        steps.add(new Step.Flip(Phase.RECONCILE, move.number(), sql.flip(), sql.sourceChanged()));
      }
    }
  }

  private void cutOver() {
    await(Phase.READS, Gate.READS);
    await(Phase.WRITES, Gate.WRITES);
    moves.stream().filter(MovePlan::leads).forEach(this::handOver);
    steps.add(new Step.Hold(Phase.STABILITY, spec.cutover().stability()));
  }

  private void handOver(MovePlan leader) {
    List<StepSql> group =
        moves.stream()
            .filter(move -> leader.together().contains(move.number()))
            .map(StepSql::new)
            .toList();
    steps.add(
        new Step.HandOver(
            Phase.WRITES, leader.number(), StepSql.handOver(group), StepSql.handedOver(group)));
  }

  private void contract() {
    await(Phase.CONTRACT, Gate.CONTRACT);
    for (MovePlan move : moves) {
      StepSql sql = new StepSql(move);
      steps.add(
          new Step.RemoveCapture(
              Phase.CONTRACT, move.number(), sql.removeCapture(), sql.triggersDropped()));
    }
    for (int i = 0; i < spec.contract().size(); i++) {
      Rehearsal rehearsal = catalog.contract().get(i);
      steps.add(
          new Step.ApplyDdl(
              Phase.CONTRACT,
              i + 1,
              spec.contract().get(i).sql(),
              List.of(),
              rehearsal.destroys(),
              locks(rehearsal)));
    }
  }

  private void checkInvariants(Phase phase) {
    if (!spec.invariants().isEmpty()) {
      steps.add(new Step.CheckInvariants(phase));
    }
  }

  private void await(Phase phase, Gate gate) {
    steps.add(new Step.AwaitGate(phase, gate, Objects.requireNonNull(spec.approvals().get(gate))));
  }

  /** Whether it is the first copy into its target: indexes are taken away and built once. */
  private boolean isFirst(MovePlan move) {
    return move.kind() == MovePlan.Kind.COPY
        && moves.stream().noneMatch(m -> m.number() < move.number() && fillsTheSame(m, move));
  }

  private static boolean fillsTheSame(MovePlan one, MovePlan other) {
    return one.target().equals(other.target());
  }

  private static List<Step.Lock> locks(Rehearsal rehearsal) {
    return rehearsal.locks().stream().map(StepList::lock).toList();
  }

  // "public.users AccessExclusiveLock": the mode is one word, the name may be several.
  private static Step.Lock lock(String text) {
    int space = text.lastIndexOf(' ');
    return space < 0
        ? new Step.Lock(text, "")
        : new Step.Lock(text.substring(0, space), text.substring(space + 1));
  }
}
