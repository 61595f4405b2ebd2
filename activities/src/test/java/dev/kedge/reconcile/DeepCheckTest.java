package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Rows that the spec names are compared in every round, though nothing captured a change. */
final class DeepCheckTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private Follower payments;

  DeepCheckTest() {}

  @BeforeEach
  void proven() throws SQLException {
    postgres.run(
        """
        CREATE TABLE payments (id int PRIMARY KEY, amount numeric, currency text,
          changed timestamp NOT NULL);
        INSERT INTO payments
        SELECT i, i * 10, (ARRAY['EUR', 'USD', 'JPY'])[1 + i % 3],
          now() AT TIME ZONE 'UTC' - i * interval '1 hour'
        FROM generate_series(1, 90) i;
        CREATE TABLE ledger (id bigint PRIMARY KEY, amount numeric, currency text,
          changed timestamp);
        INSERT INTO ledger SELECT * FROM payments""");
    payments =
        Follower.of(
            postgres, CopyMove.of(postgres, "payments", "ledger").reversed().plan(1), "30", "60");
  }

  @Test
  void rowsOfAPredicateAreComparedInEveryRound() throws SQLException {
    wants("{\"deepCheck\": {\"where\": \"amount > 800\"}}");
    assertEquals(0, payments.compare("r").unproven());
    payments.unseen("UPDATE ledger SET amount = 0 WHERE id IN (5, 85)");
    assertEquals(1, payments.compareCaptured().different());
    assertEquals(List.of("85 different"), payments.findings());
  }

  @Test
  void whatTheTargetHasTooManyIsFoundThoughNoSourceRowSaysWhatItIs() throws SQLException {
    wants("{\"deepCheck\": {\"where\": \"amount > 800\"}}");
    payments.compare("r");
    payments.unseen(
        "INSERT INTO ledger VALUES (-1, 1, 'EUR'), (1000, 9, 'EUR'); DELETE FROM ledger WHERE id = 90");
    Comparison seen = payments.compareCaptured();
    assertEquals(2, seen.extra());
    assertEquals(1, seen.missing());
  }

  @Test
  void rowsNamedByKeyAreComparedInEveryRound() throws SQLException {
    wants("{\"deepCheck\": {\"keys\": [[\"7\"], [\"40\"], [\"500\"]]}}");
    payments.compare("r");
    payments.unseen(
        "DELETE FROM ledger WHERE id IN (6, 7); INSERT INTO ledger VALUES (500, 1, 'EUR', now())");
    payments.compareCaptured();
    assertEquals(List.of("500 extra", "7 missing"), payments.findings());
  }

  @Test
  void aKeyThatIsNoneIsNotComparable() throws SQLException {
    wants("{\"deepCheck\": {\"keys\": [[\"7\"], [\"seven\"]]}}");
    payments.compare("r");
    assertEquals(1, payments.compareCaptured().notComparable());
    assertEquals(List.of("seven notComparable"), payments.findings());
  }

  @Test
  void aPredicateThatFailsProvesNothing() throws SQLException {
    wants("{\"deepCheck\": {\"where\": \"1 / (id - 50) > 0\"}}");
    payments.compare("r");
    assertTrue(payments.compareCaptured().notComparable() > 0);
    wants("{}");
    assertEquals(0, payments.compareCaptured().unproven());
  }

  @Test
  void theLatestRowsAreComparedInEveryRound() throws SQLException {
    wants("{\"window\": {\"column\": \"changed\", \"last\": \"PT10H30M\"}}");
    payments.compare("r");
    payments.unseen("UPDATE ledger SET currency = 'x' WHERE id IN (9, 10, 11, 12)");
    payments.compareCaptured();
    assertEquals(List.of("10 different", "9 different"), payments.findings());
  }

  @Test
  void fromWritesOnTheOldSideIsLookedAtAsCloselyByThePredicateOfItsRows() throws SQLException {
    wants("{\"deepCheck\": {\"where\": \"amount > 800\"}}");
    postgres.run("UPDATE kedge.move SET writing = 'new'");
    assertEquals(0, payments.compare("r").unproven());
    payments.unseen(
        """
        UPDATE payments SET currency = 'x' WHERE id IN (5, 85);
        DELETE FROM payments WHERE id = 3""");
    payments.compareCaptured();
    assertEquals(List.of("3 missing", "85 different"), payments.findings());
  }

  @Test
  void groupsAreCountedAndAddedUpOnBothSides() throws SQLException {
    wants("{\"groupBy\": [\"currency\"]}");
    payments.compare("r");
    assertEquals("EUR 30 30 13950 13950|JPY 30 30 13650 13650|USD 30 30 13350 13350", groups());
    payments.unseen("UPDATE ledger SET amount = amount + 1 WHERE currency = 'EUR'");
    payments.compare("again");
    assertEquals("EUR 30 30 13950 13980|JPY 30 30 13650 13650|USD 30 30 13350 13350", groups());
  }

  @Test
  void fromWritesOnTheNewSideIsCountedFirst() throws SQLException {
    wants("{\"groupBy\": [\"currency\"]}");
    payments.compare("r");
    postgres.run("UPDATE kedge.move SET writing = 'new'");
    payments.unseen(
        """
        UPDATE payments SET amount = amount + 1 WHERE currency = 'EUR';
        DELETE FROM payments WHERE id = 3""");
    payments.compare("again");
    assertEquals("EUR 30 29 13950 13949|JPY 30 30 13650 13650|USD 30 30 13350 13350", groups());
  }

  @Test
  void whatTheOldSideHasNoColumnForIsNotCountedThereAndForgotten() throws SQLException {
    MovePlan move =
        CopyMove.of(postgres, "payments", "ledger")
            .column("changed", "date_trunc('day', changed)")
            .reversed()
            .plan(1);
    assertEquals(List.of("currency", "id"), GroupSql.ofOldSide(move, List.of("currency", "id")));
    assertEquals(List.of(), GroupSql.ofOldSide(move, List.of("currency", "changed")));

    wants("{\"groupBy\": [\"currency\"]}");
    payments.compare("r");
    postgres.run("UPDATE kedge.move SET writing = 'new'");
    wants("{}");
    payments.compare("again");
    assertEquals("null", groups());
  }

  @Test
  void whatIsOnItsWayIsInNoGroup() throws SQLException {
    wants("{\"groupBy\": [\"currency\"]}");
    postgres.run(
        "UPDATE payments SET currency = NULL WHERE id = 3; DELETE FROM payments WHERE id = 1");
    payments.compare("r");
    assertEquals("EUR 29 29 13920 13920|JPY 30 30 13650 13650|USD 29 29 13340 13340", groups());
  }

  @Test
  void whatEachRoundBroughtIsKeptAndSaidWhenItChanged() throws SQLException {
    payments.compare("r");
    payments.unseen("UPDATE ledger SET currency = 'x' WHERE id = 5");
    payments.compare("one");
    payments.compareCaptured();
    payments.unseen("UPDATE ledger l SET currency = p.currency FROM payments p WHERE p.id = l.id");
    payments.compareCaptured();
    assertEquals(
        "0 0|1 1|0 1|0 0",
        Fixture.value(
            postgres, "SELECT string_agg(found || ' ' || open, '|' ORDER BY n) FROM kedge.round"));
    assertEquals(
        "move 1: findings open after a round: 1; before: 0; new: 1"
            + "|move 1: findings open after a round: 0; before: 1; new: 0",
        Fixture.value(postgres, "SELECT string_agg(words, '|' ORDER BY n) FROM kedge.observation"));
  }

  private void wants(String move) throws SQLException {
    postgres.run(
        "UPDATE kedge.migration SET plan = '{\"spec\": {\"moves\": [%s]}}'".formatted(move));
  }

  private String groups() throws SQLException {
    return Fixture.value(
        postgres,
        """
        SELECT string_agg(concat_ws(' ', g.k, g.rows, g.following_rows, g.ours, g.theirs), '|'
          ORDER BY g.k)
        FROM (
          SELECT array_to_string(group_key, ',', 'NULL') AS k, sum(rows) AS rows,
            sum(following_rows) AS following_rows, sum(sums[2]) AS ours,
            sum(following_sums[2]) AS theirs
          FROM kedge.subtotal
          GROUP BY 1
        ) g""");
  }
}
