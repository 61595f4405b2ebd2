package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.RegistryActivities.DecisionNote;
import dev.kedge.activity.RegistryActivities.StateNote;
import dev.kedge.activity.Scope;
import dev.kedge.plan.Phase;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.Functions;
import io.temporal.workflow.Workflow;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Notes for the registry, sent one after another beside the walk. Nobody waits for them, and one
 * that cannot be delivered is given up: the walk's truth is elsewhere. Of states only the latest
 * matters.
 */
final class Notes {
  private final Deque<Function<Scope, DecisionNote>> decisions = new ArrayDeque<>();
  private @Nullable Function<Scope, StateNote> latest;
  private boolean started;
  private boolean busy;

  void state(Phase phase, State state, @Nullable String reason) {
    latest = scope -> new StateNote(scope, phase, state.label(), reason);
  }

  void decision(Function<Scope, DecisionNote> note) {
    decisions.add(note);
  }

  /** Begins to send, under whatever scope the walk has by then; before, notes wait. */
  void start(Functions.Func<Scope> scope) {
    started = true;
    Async.procedure(() -> deliver(scope));
  }

  /** Waits until nothing is left to send; bounded, since every note is given up in time. */
  void drain() {
    Workflow.await(() -> !started || (!pending() && !busy));
  }

  private boolean pending() {
    return latest != null || !decisions.isEmpty();
  }

  private void deliver(Functions.Func<Scope> scope) {
    while (true) {
      Workflow.await(this::pending);
      busy = true;
      deliverOne(scope.apply());
      busy = false;
    }
  }

  private void deliverOne(Scope scope) {
    try {
      Function<Scope, DecisionNote> decision = decisions.poll();
      if (decision != null) {
        DecisionNote note = decision.apply(scope);
        ActivityProfiles.notes("note who decided on " + note.gate().label()).noteDecision(note);
        return;
      }
      Function<Scope, StateNote> state = latest;
      latest = null;
      if (state != null) {
        StateNote note = state.apply(scope);
        ActivityProfiles.notes("note " + note.phase().label() + ", " + note.state())
            .noteState(note);
      }
    } catch (ActivityFailure givenUp) {
      Workflow.getLogger(Notes.class).warn("a note for the registry was given up", givenUp);
    }
  }
}
