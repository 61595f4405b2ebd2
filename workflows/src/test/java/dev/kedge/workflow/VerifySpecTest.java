package dev.kedge.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.plan.Refusal;
import dev.kedge.workflow.VerifySpecWorkflow.Answer;
import dev.kedge.workflow.VerifySpecWorkflow.Question;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A spec that no migration runs is planned and compared, and nothing else. */
final class VerifySpecTest {
  @RegisterExtension final Harbor harbor = new Harbor();

  @Test
  void everyMoveIsComparedInTheOrderOfTheSpec() {
    harbor.db().compareTo(2, RecordingDatabase.differing(2, 3, 0));

    Answer answer = verify(25);

    assertEquals(List.of(1, 2), answer.moves().stream().map(move -> move.move()).toList());
    assertEquals(3, answer.moves().get(1).missing());
    assertEquals(
        List.of("planComparison", "compareTables 1 25.0 %", "compareTables 2 25.0 %"),
        List.copyOf(harbor.db().asked));
  }

  @Test
  void whatIsRefusedIsNotCompared() {
    Refusal refusal = new Refusal("KD2116", "public.t", "it has no key", "add one");
    harbor.db().refusals = List.of(refusal);

    Answer answer = verify(100);

    assertEquals(List.of(refusal), answer.refusals());
    assertEquals(List.of("planComparison"), List.copyOf(harbor.db().asked));
  }

  private Answer verify(double percent) {
    return harbor
        .stub(VerifySpecWorkflow.class, "verify")
        .verifySpec(new Question(Plans.twoCopies().build().spec(), percent));
  }
}
