package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.DdlActivities.UndoRequest;
import dev.kedge.activity.DdlActivities.UndoResult;
import dev.kedge.activity.MoveScope;
import dev.kedge.plan.Course;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Step;
import dev.kedge.spec.TableName;
import io.temporal.workflow.Functions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The way back. Each step is registered here before it is done, and undone in reverse: first
 * traffic, then what follows the application, then the statements of expand.
 */
final class Retreat implements Course<Functions.Proc> {
  private static final Functions.Proc NOTHING = () -> {};

  private final Plan plan;
  private final Helm helm;
  private final StatusBoard board;
  private final Steps words;
  private final Set<String> begun = new LinkedHashSet<>();

  Retreat(Plan plan, Helm helm, StatusBoard board) {
    this.plan = plan;
    this.helm = helm;
    this.board = board;
    this.words = new Steps(plan);
  }

  /** The step is about to be done; from now on turning back undoes it. */
  void register(Step step) {
    begun.add(Steps.label(step));
  }

  /** Steps that an earlier run began, by label. */
  void register(Collection<String> labels) {
    begun.addAll(labels);
  }

  /** Labels of the steps that were begun. */
  List<String> begun() {
    return List.copyOf(begun);
  }

  /** Whether only the way forward is left: contract removes what a way back needs. */
  boolean closed() {
    return steps()
        .anyMatch(step -> step.phase() == Phase.CONTRACT && !(step instanceof Step.AwaitGate));
  }

  /** Undoes everything, last step first. */
  void rollBack() {
    helm.tails().dismissAll();
    reversed().forEach(this::undo);
  }

  /** Takes away what is installed beside the application; its tables stay as they are. */
  void abandon() {
    helm.tails().dismissAll();
    reversed().stream().filter(step -> step instanceof Step.InstallCapture).forEach(this::undo);
    board.report("the target stays as it is, unfinished");
  }

  @Override
  public Functions.Proc applyDdl(Step.ApplyDdl step) {
    return () -> {
      UndoResult result =
          ActivityProfiles.ddl("undo " + step.follow(words))
              .undoDdl(new UndoRequest(helm.scope(), step, handedOver()));
      report(step, result);
    };
  }

  @Override
  public Functions.Proc installCapture(Step.InstallCapture step) {
    helm.tails().dismiss(step.move());
    String summary = "remove capture from " + plan.move(step.move()).source();
    return () -> ActivityProfiles.capture(summary).removeCapture(move(step.move()));
  }

  @Override
  public Functions.Proc handOver(Step.HandOver step) {
    List<MovePlan> group = plan.together(step.move());
    group.forEach(move -> helm.tails().want(move.number()));
    String summary = "hand writes back to " + Steps.listed(group, MovePlan::source);
    return () -> ActivityProfiles.cutover(summary).handBack(move(step.move()));
  }

  @Override
  public Functions.Proc awaitGate(Step.AwaitGate step) {
    return NOTHING;
  }

  @Override
  public Functions.Proc deferIndexes(Step.DeferIndexes step) {
    // The target goes with the statement of expand that made it.
    return NOTHING;
  }

  @Override
  public Functions.Proc fill(Step.Fill step) {
    return NOTHING;
  }

  @Override
  public Functions.Proc restoreIndexes(Step.RestoreIndexes step) {
    return NOTHING;
  }

  @Override
  public Functions.Proc compare(Step.Compare step) {
    return NOTHING;
  }

  @Override
  public Functions.Proc checkInvariants(Step.CheckInvariants step) {
    return NOTHING;
  }

  @Override
  public Functions.Proc flip(Step.Flip step) {
    // Its triggers go with capture, which is undone next.
    return NOTHING;
  }

  @Override
  public Functions.Proc hold(Step.Hold step) {
    return NOTHING;
  }

  @Override
  public Functions.Proc removeCapture(Step.RemoveCapture step) {
    return NOTHING;
  }

  private void undo(Step step) {
    Functions.Proc work = step.follow(this);
    if (work != NOTHING) {
      helm.perform("undoing: " + step.follow(words), work);
    }
  }

  private List<Step> reversed() {
    List<Step> reversed = new ArrayList<>(steps().toList());
    Collections.reverse(reversed);
    return reversed;
  }

  private Stream<Step> steps() {
    return plan.steps().stream().filter(step -> begun.contains(Steps.label(step)));
  }

  private void report(Step.ApplyDdl step, UndoResult result) {
    if (result.undone()) {
      board.report("undone: " + step.follow(words));
    }
    if (result.archivedRows() > 0 || !result.archives().isEmpty()) {
      board.report(
          "archived " + result.archivedRows() + " rows in " + String.join(", ", result.archives()));
    }
  }

  /** Only where the new side was the writing side it has rows that the old one may lack. */
  private List<TableName> handedOver() {
    return steps()
        .filter(step -> step instanceof Step.HandOver)
        .flatMap(step -> plan.together(((Step.HandOver) step).move()).stream())
        .map(MovePlan::target)
        .distinct()
        .toList();
  }

  private MoveScope move(int number) {
    return new MoveScope(helm.scope(), plan.move(number));
  }
}
