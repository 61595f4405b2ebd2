package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.ReconcileActivities.Round;
import dev.kedge.activity.ReconcileActivities.RoundRequest;
import dev.kedge.activity.ReconcileActivities.VoidRequest;
import dev.kedge.spec.Gate;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Workflow;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Stands by the evidence of an open gate: that it holds while people look at it, and still when
 * they have approved it.
 */
final class Vigil {
  private final RoundRequest evidence;
  private final Children children;
  private final Function<Round, Trouble> meaning;
  private @Nullable Strand watch;
  private @Nullable Round lapsed;

  /**
   * @param meaning what a round that is not clean means for the walk
   */
  Vigil(RoundRequest evidence, Children children, Function<Round, Trouble> meaning) {
    this.evidence = evidence;
    this.children = children;
    this.meaning = meaning;
  }

  void begin() {
    if (Changes.watchesOpenGate(gate())) {
      String provenAt = Clock.now();
      watch = Strand.start(() -> watch(provenAt));
    }
  }

  void end() {
    if (watch != null) {
      watch.callOff();
    }
  }

  /** Whether the evidence holds no more, or cannot be proven any more. */
  boolean over() {
    return watch != null && watch.ended();
  }

  /** Why; empty while it holds. To be asked before {@link #end}. */
  Optional<Trouble> lapse() {
    Round round = lapsed;
    if (round != null) {
      return Optional.of(noted(round));
    }
    RuntimeException failure = watch == null ? null : watch.failure();
    return failure == null ? Optional.empty() : Optional.of(noted(Trouble.of(failure)));
  }

  /** The last look, before the gate opens; why it stays shut, or empty. */
  Optional<Trouble> lastLook() {
    if (!Changes.looksBeforePromotion(gate())) {
      return Optional.empty();
    }
    try {
      Round round =
          ActivityProfiles.reconcile("last look at the evidence for gate " + gate().label())
              .proveAgain(evidence.last());
      return round.clean() ? Optional.empty() : Optional.of(noted(round));
    } catch (ActivityFailure failure) {
      if (CancellationScope.current().isCancelRequested()) {
        throw failure;
      }
      return Optional.of(noted(Trouble.of(failure)));
    }
  }

  private void watch(String provenAt) {
    children.run(
        VigilWorkflow.class,
        VigilWorkflow.idOf(evidence.scope().migration(), gate()),
        "prove the evidence for gate " + gate().label() + " again, while it waits",
        child -> lapsed = child.watch(new VigilWorkflow.Input(evidence, provenAt, false)));
  }

  // A round that said no has noted so itself, in the transaction that kept it.
  private Trouble noted(Round round) {
    Trouble trouble = meaning.apply(round);
    if (round.number() == 0) {
      note(trouble.reason());
    }
    return trouble;
  }

  // A pause says nothing about the evidence.
  private Trouble noted(Trouble trouble) {
    if (trouble.kind() != Trouble.Kind.PARKS) {
      return trouble;
    }
    Trouble told =
        Trouble.of(
            "the evidence for gate %s (number %d) is void, it could not be proven again: %s"
                .formatted(gate().label(), evidence.evidence(), trouble.reason()),
            trouble.help());
    note(told.reason());
    return told;
  }

  private void note(String why) {
    try {
      ActivityProfiles.voiding("note that evidence " + evidence.evidence() + " is void")
          .voidEvidence(new VoidRequest(evidence.scope(), evidence.evidence(), why));
    } catch (ActivityFailure givenUp) {
      Workflow.getLogger(Vigil.class).warn("that evidence is void was not noted", givenUp);
    }
  }

  private Gate gate() {
    return evidence.gate();
  }
}
