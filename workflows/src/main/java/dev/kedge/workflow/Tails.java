package dev.kedge.workflow;

import dev.kedge.activity.InvariantActivities.InvariantReport;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Scope;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Guards;
import dev.kedge.spec.Invariant;
import dev.kedge.spec.Spec;
import io.temporal.workflow.Functions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What runs beside the walk: the tails of the copies, the watches over what is filled in place, and
 * the one over the invariants when the spec has some.
 */
final class Tails {
  /** Stands for the checks of invariants among the moves, which count from 1. */
  static final int INVARIANTS = 0;

  private final Plan plan;
  private final Children children;
  private final Functions.Func<Scope> scope;
  private final Supplier<Boolean> returning;
  private final StatusBoard board;
  private final Set<Integer> wanted = new TreeSet<>();
  private final Map<Integer, Strand> running = new TreeMap<>();
  private @Nullable Trouble seen;

  /**
   * @param returning whether the walk is on its way back
   */
  Tails(
      Plan plan,
      Children children,
      Functions.Func<Scope> scope,
      Supplier<Boolean> returning,
      StatusBoard board) {
    this.plan = plan;
    this.board = board;
    this.children = children;
    this.scope = scope;
    this.returning = returning;
  }

  /** From now on the move's tail is to run. A move in place has none, and a watch instead. */
  void want(int move) {
    if (move == INVARIANTS || plan.move(move).kind() == MovePlan.Kind.COPY || watches(move)) {
      wanted.add(move);
    }
  }

  // On the way back nothing but a person stops anything.
  private boolean watches(int move) {
    return !returning.get() && (Changes.watchesTablesInPlace() || watchesGuards(move));
  }

  // What a run does that began before tables were watched.
  private boolean watchesGuards(int move) {
    Guards guards = plan.spec().guards();
    return move == 1
        && !(guards.pause().isEmpty() && guards.abort().isEmpty())
        && plan.moves().stream().allMatch(each -> each.kind() == MovePlan.Kind.IN_PLACE)
        && Changes.watchesGuardsInPlace();
  }

  /** The move needs no tail any more; returns when it has let go. */
  void dismiss(int move) {
    wanted.remove(move);
    Strand tail = running.remove(move);
    if (tail != null) {
      tail.callOff();
    }
  }

  /** No move needs a tail any more. */
  void dismissAll() {
    wanted.clear();
    stop();
  }

  /** Starts whatever is to run and does not. On the way back nothing must hold any more. */
  void start() {
    for (int move : wanted) {
      if (move != INVARIANTS) {
        running.computeIfAbsent(move, this::begin);
      } else if (!returning.get()) {
        running.computeIfAbsent(move, any -> checkInvariants());
      }
    }
  }

  /** Stops them for a while; returns when all have let go. */
  void stop() {
    running.values().forEach(Strand::callOff);
    running.clear();
  }

  /** Whether one ended by itself; a tail ends when its capture is gone or its epoch is over. */
  boolean broken() {
    return running.values().stream().anyMatch(Strand::ended);
  }

  /** Why the first one ended; null when all run. */
  @Nullable Trouble trouble() {
    for (Map.Entry<Integer, Strand> each : running.entrySet()) {
      if (each.getValue().ended()) {
        RuntimeException failure = each.getValue().failure();
        return failure == null ? gone(each.getKey()) : Trouble.of(failure);
      }
    }
    return null;
  }

  /** The moves whose tail is to run. */
  List<Integer> wanted() {
    return new ArrayList<>(wanted);
  }

  private Trouble gone(int move) {
    if (move == INVARIANTS) {
      return seen == null
          ? Trouble.of("nobody checks the invariants any more", Trouble.CHOICES)
          : seen;
    }
    return Trouble.of(
        "nothing follows " + plan.move(move).source() + " any more: its capture is gone",
        "look who removed the triggers of Kedge; `rollback` undoes, `abort` stops for good");
  }

  private Strand begin(int number) {
    MovePlan move = plan.move(number);
    MoveScope now = new MoveScope(scope.apply(), move, returning.get());
    return move.kind() == MovePlan.Kind.COPY ? follow(now) : watch(now);
  }

  private Strand watch(MoveScope now) {
    MovePlan move = now.move();
    return Strand.start(
        () ->
            children.run(
                WatchWorkflow.class,
                WatchWorkflow.idOf(now.scope().migration(), move.number()),
                "watch " + move.source(),
                watch -> watch.watch(now)));
  }

  private Strand follow(MoveScope now) {
    MovePlan move = now.move();
    return Strand.start(
        () ->
            children.run(
                TailWorkflow.class,
                TailWorkflow.idOf(now.scope().migration(), move.number()),
                "follow " + move.source() + " into " + move.target(),
                tail -> tail.follow(now)));
  }

  private Strand checkInvariants() {
    Spec spec = plan.spec();
    InvariantWorkflow.Input input =
        new InvariantWorkflow.Input(
            scope.apply(),
            spec.guards(),
            spec.invariants().stream()
                .map(Invariant::interval)
                .min(Comparator.naturalOrder())
                .orElse(Invariant.EVERY));
    return Strand.start(
        () ->
            children.run(
                InvariantWorkflow.class,
                InvariantWorkflow.idOf(spec.migration()),
                "check the invariants from time to time",
                child -> heed(spec, child.check(input))));
  }

  private void heed(Spec spec, InvariantReport report) {
    board.invariants(report.results());
    seen = InvariantKeeper.trouble(spec.guards(), report).orElse(null);
  }
}
