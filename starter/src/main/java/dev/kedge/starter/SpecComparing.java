package dev.kedge.starter;

import dev.kedge.spec.Spec;
import dev.kedge.workflow.VerifySpecWorkflow;
import dev.kedge.workflow.VerifySpecWorkflow.Answer;
import dev.kedge.workflow.VerifySpecWorkflow.Question;
import java.time.Duration;

/** Asks a worker to compare the tables of a spec that no migration runs. */
final class SpecComparing {
  private static final double ALL = 100;

  private final Session session;
  private final Duration limit;

  SpecComparing(Session session, Duration limit) {
    this.session = session;
    this.limit = limit;
  }

  /** What it came to; a {@link dev.kedge.console.Problem} when it is refused. */
  Reconciliation now(Spec spec, double samplePercent) {
    Answer answer =
        session
            .errand("verify", spec.migration())
            .ask(
                VerifySpecWorkflow.class.getSimpleName(),
                limit,
                Answer.class,
                Answer.class,
                new Question(spec, samplePercent));
    if (!answer.refusals().isEmpty()) {
      throw Planning.refused(answer.refusals());
    }
    Reconciliation result = Reconciliation.of(answer.moves());
    return samplePercent < ALL ? result.sampled(samplePercent) : result;
  }
}
