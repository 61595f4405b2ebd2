package dev.kedge.workflow;

import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Scope;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Guards;
import io.temporal.workflow.Functions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The tails of a migration's copies: which are to run, and which do. */
final class Tails {
  private final Plan plan;
  private final Children children;
  private final Functions.Func<Scope> scope;
  private final Supplier<Boolean> returning;
  private final Set<Integer> wanted = new TreeSet<>();
  private final Map<Integer, Strand> running = new TreeMap<>();

  /**
   * @param returning whether the walk is on its way back
   */
  Tails(Plan plan, Children children, Functions.Func<Scope> scope, Supplier<Boolean> returning) {
    this.plan = plan;
    this.children = children;
    this.scope = scope;
    this.returning = returning;
  }

  /**
   * From now on the move's tail is to run. A move in place has none; where all are, the first one
   * has a watch instead, if the spec has guards that stop it.
   */
  void want(int move) {
    if (plan.move(move).kind() == MovePlan.Kind.COPY || watches(move)) {
      wanted.add(move);
    }
  }

  // On the way back nothing but a person stops anything.
  private boolean watches(int move) {
    Guards guards = plan.spec().guards();
    return move == 1
        && !returning.get()
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

  /** Starts whatever is to run and does not. */
  void start() {
    for (int move : wanted) {
      running.computeIfAbsent(move, this::begin);
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
    String migration = now.scope().migration();
    return Strand.start(
        () ->
            children.run(
                WatchWorkflow.class,
                WatchWorkflow.idOf(migration),
                "watch the guards of " + migration,
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
}
