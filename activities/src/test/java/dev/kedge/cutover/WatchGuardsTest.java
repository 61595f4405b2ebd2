package dev.kedge.cutover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.TailActivities.TailRequest;
import dev.kedge.activity.TailActivities.TailResult;
import dev.kedge.inplace.InPlaceCapture;
import dev.kedge.inplace.InPlaceMove;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.schema.DdlRunner;
import dev.kedge.spec.Guards;
import dev.kedge.spec.Limit;
import dev.kedge.spec.Signal;
import io.temporal.failure.ApplicationFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Somebody looks after the guards where nothing is filled and nothing follows. */
final class WatchGuardsTest {
  private static final Limit ONE_DIFFERENCE = new Limit(Signal.DIFFERENCES, 1);

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @Test
  void aPauseGuardActsWhereNobodyWorks() throws Exception {
    MoveScope move = guarded(new Guards(List.of(), List.of(ONE_DIFFERENCE), List.of()));
    Concurrently<TailResult> watch = watch(move, Duration.ofMinutes(1));
    Concurrently.until(
        postgres, "SELECT EXISTS (SELECT FROM kedge.throttle WHERE checked_at IS NOT NULL)");
    finding();

    ApplicationFailure failure = assertThrows(ApplicationFailure.class, watch::result);

    assertEquals(Failures.GUARD_PAUSE, failure.getType());
    assertTrue(
        failure.getOriginalMessage().startsWith("guard pause: differences 1 of 1, since "),
        failure.getOriginalMessage());
  }

  @Test
  void anAbortGuardActsAtItsSecondReading() throws Exception {
    MoveScope move = guarded(new Guards(List.of(), List.of(), List.of(ONE_DIFFERENCE)));
    finding();

    ApplicationFailure failure =
        assertThrows(ApplicationFailure.class, () -> watch(move, Duration.ofMinutes(1)).result());

    assertEquals(Failures.GUARD_ABORT, failure.getType());
  }

  @Test
  void itEndsWithItsBudgetAndWithItsEpoch() throws Exception {
    MoveScope move = guarded(new Guards(List.of(), List.of(ONE_DIFFERENCE), List.of()));
    assertEquals(Outcome.BUDGET, watch(move, Duration.ofMillis(50)).result().outcome());
    Concurrently<TailResult> watch = watch(move, Duration.ofMinutes(1));
    Concurrently.until(
        postgres, "SELECT EXISTS (SELECT FROM kedge.throttle WHERE checked_at IS NOT NULL)");

    Fixture.bump(postgres, move.scope());

    assertEquals(Outcome.FENCED, watch.result().outcome());
    assertEquals(Outcome.FENCED, watch(move, Duration.ofMinutes(1)).result().outcome());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ALTER TABLE users ALTER COLUMN username TYPE varchar(90) | public.users: column username was text and is character varying(90)
          ALTER TABLE users DROP COLUMN note                       | public.users: column note was dropped
          ALTER TABLE users ENABLE ROW LEVEL SECURITY              | public.users: row security was off and is on
          ALTER TABLE users DISABLE TRIGGER zzzz_kedge_fill_1_1    | the triggers of m on "public"."users" are not as they were left
          DROP TRIGGER zzzz_kedge_fill_1_1 ON users                | the triggers of m on "public"."users" are not as they were left
          ALTER TABLE users DISABLE TRIGGER USER; ALTER TABLE users ENABLE ALWAYS TRIGGER zzzz_kedge_fill_1_1 | the triggers of m on "public"."users" are not as they were left
          """)
  void whoeverChangesTheTableOrOurTriggersIsNamed(String statements, String words)
      throws Exception {
    MoveScope move = guarded(Guards.NONE);
    assertEquals(Outcome.BUDGET, watch(move, Duration.ofMillis(50)).result().outcome());
    postgres.run(statements);

    ApplicationFailure failure =
        assertThrows(ApplicationFailure.class, () -> watch(move, Duration.ofMinutes(1)).result());

    assertEquals(Failures.CATALOG_DIFFERS, failure.getType());
    assertTrue(failure.isNonRetryable());
    assertTrue(failure.getOriginalMessage().contains(words), failure.getOriginalMessage());
    assertTrue(failure.getOriginalMessage().contains("\nhelp: "), failure.getOriginalMessage());
  }

  private Concurrently<TailResult> watch(MoveScope move, Duration budget) {
    return Concurrently.start(
        () ->
            new PostgresTailActivities(postgres.databases())
                .watchGuards(new TailRequest(move, budget)));
  }

  private MoveScope guarded(Guards guards) throws Exception {
    postgres.run("CREATE TABLE users (id int PRIMARY KEY, username text, handle text, note text)");
    MoveScope move =
        InPlaceMove.of(postgres, "users").column("handle", "lower(username)").register();
    String plan = Payloads.mapper().writeValueAsString(Map.of("spec", Map.of("guards", guards)));
    try (Connection connection = postgres.connect()) {
      new Sql(connection).update("UPDATE kedge.migration SET plan = ?", plan);
    }
    new InPlaceCapture(new DdlRunner()).install(postgres.database(), move);
    return move;
  }

  private void finding() throws SQLException {
    postgres.run(
        """
        INSERT INTO kedge.finding (migration, move, key, kind)
        SELECT id, 1, ARRAY['1'], 'missing' FROM kedge.migration""");
  }
}
