package dev.kedge.throttle;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.spec.Guards;
import dev.kedge.spec.Limit;
import dev.kedge.spec.Signal;
import io.temporal.failure.ApplicationFailure;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** On the way back nothing but a person stops a tail. */
final class WayBackTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @Test
  void aTailOnTheWayBackPassesOverPauseAndAbort() throws Exception {
    Guards guards = new Guards(List.of(), List.of(new Limit(Signal.DIFFERENCES, 1)), List.of());
    ThrottledMove move = ThrottledMove.start(postgres, 10, guards);
    postgres.run(
        """
        INSERT INTO kedge.finding (migration, move, key, kind)
        SELECT id, 1, ARRAY['1'], 'missing' FROM kedge.migration""");
    move.throttle(1);
    move.tick();

    ApplicationFailure forward =
        assertThrows(ApplicationFailure.class, () -> move.throttle(1).attend());
    assertEquals(Failures.GUARD_PAUSE, forward.getType());
    MoveScope back = new MoveScope(move.scope().scope(), move.scope().move(), true);
    Throttle tail =
        new Throttles().alone(move.engine().database(), back, move.engine().ledger().migration());
    assertDoesNotThrow(tail::attend);
  }
}
