package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.postgres.Await;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.throttle.Throttle;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a range is compared to, by one lane or by several, in chunks of any size. */
final class RangeEvidenceTest {
  private static final Bounds LARGE = new Bounds(Duration.ofMillis(200), 20_000, 20_000);

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private Follower users;

  RangeEvidenceTest() {}

  @BeforeEach
  void copied() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, name text, email text, n numeric);
        INSERT INTO users
        SELECT i, 'n' || i, CASE WHEN i % 7 > 0 THEN 'e' || i END, i / 10.0
        FROM generate_series(1, 12000) i;
        CREATE TABLE people (id bigint PRIMARY KEY, name text, email text, n numeric);
        INSERT INTO people SELECT * FROM users""");
    users = Follower.of(postgres, CopyMove.of(postgres, "users", "people").plan(1), "4000", "8000");
  }

  @Test
  void moreDifferencesThanAChunkTellsAreAllFound() throws SQLException {
    users.unseen("UPDATE people SET name = email, email = name WHERE id <> 5");
    Comparison seen = users.reconciler(Pulse.NONE, LARGE).compareAll("r");
    assertEquals(11_999, seen.different());
    assertEquals(12_000, seen.comparedRows());
    assertEquals(11_999, users.findings().size());
  }

  @Test
  void manyRowsWhereTheTruthHasNoneAreAllFound() throws SQLException {
    users.unseen(
        "DELETE FROM users WHERE id BETWEEN 2 AND 11999;"
            + " INSERT INTO people SELECT i, 'ghost', '', 0 FROM generate_series(-8000, 0) i");
    Comparison seen = users.reconciler(Pulse.NONE, LARGE).compareAll("r");
    assertEquals(11_998 + 8_001, seen.extra());
    assertEquals(2, seen.comparedRows());
  }

  @Test
  void everyRangeKeepsItsSnapshotCountsAndDigest() throws SQLException {
    users.unseen("DELETE FROM people WHERE id = 9000");
    users.compare("r");
    assertEquals(
        "1 4000 4000|2 4000 4000|3 4000 3999",
        ranges("range || ' ' || compared || ' ' || following"));
    assertEquals(
        "3",
        value(
            "SELECT count(*) FROM kedge.comparison WHERE snapshot IS NOT NULL"
                + " AND compared_at <= clock_timestamp() AND digest <> 0"));
  }

  @Test
  void theDigestIsTheSameHoweverItIsCutAndHoweverValuesAreSpelled() throws SQLException {
    users.reconciler(Pulse.NONE, LARGE).compareAll("large");
    String digest = ranges("digest::text");
    users.compare("small");
    assertEquals(digest, ranges("digest::text"));
    users.unseen("UPDATE users SET n = (n || '00')::numeric");
    assertEquals(0, users.compare("spelled").unproven());
    assertEquals(digest, ranges("digest::text"));
    lanes(3).compareAll("lanes");
    assertEquals(digest, ranges("digest::text"));
  }

  @Test
  void columnsExchangedInEveryRowHaveAnotherDigest() throws SQLException {
    users.compare("r");
    String digest = ranges("digest::text");
    users.unseen("UPDATE users SET name = email, email = name");
    users.compare("exchanged");
    assertNotEquals(digest, ranges("digest::text"));
  }

  @Test
  void valuesExchangedBetweenTwoRowsHaveAnotherDigest() throws SQLException {
    users.compare("r");
    String digest = value("SELECT sum(digest) FROM kedge.comparison");
    users.unseen("UPDATE users u SET name = o.name FROM users o WHERE u.id + o.id = 3");
    users.compare("exchanged");
    assertNotEquals(digest, value("SELECT sum(digest) FROM kedge.comparison"));
  }

  @Test
  void lanesCompareRangesSideBySideAndFindWhatOneFinds() throws SQLException {
    users.unseen(
        "DELETE FROM people WHERE id IN (3, 5000); UPDATE people SET n = 0 WHERE id IN (4000, 9999)");
    Comparison seen = lanes(3).compareAll("r");
    assertEquals(12_000, seen.comparedRows());
    assertEquals(
        List.of("3 missing", "4000 different", "5000 missing", "9999 different"), users.findings());
  }

  @Test
  void everyLaneHasAThrottleOfItsOwn() throws SQLException {
    Set<Integer> asked = new ConcurrentSkipListSet<>();
    reconciler(
            3,
            lane -> {
              asked.add(lane);
              return Throttle.none();
            },
            Pulse.NONE)
        .compareAll("r");
    assertEquals(Set.of(1, 2, 3), asked);
  }

  @Test
  void aLaneThatFailsStopsTheOthersAndTheNextAttemptGoesOn() throws SQLException {
    postgres.run(
        """
        CREATE FUNCTION kedge.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.range = 2 THEN RAISE 'stop' USING ERRCODE = '57P01'; END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER refuse BEFORE UPDATE ON kedge.comparison
        FOR EACH ROW EXECUTE FUNCTION kedge.refuse()""");
    assertThrows(SQLException.class, () -> lanes(3).compareAll("r"));
    postgres.run("DROP TRIGGER refuse ON kedge.comparison");
    assertEquals("0", value("SELECT compared FROM kedge.comparison WHERE range = 2"));
    Comparison seen = lanes(3).compareAll("r");
    assertEquals(12_000, seen.comparedRows());
    assertEquals(0, seen.unproven());
  }

  @Test
  void whoeverNoLongerWaitsStopsEveryLane() throws Exception {
    Pulse cancelled =
        now -> {
          throw new IllegalStateException("cancelled");
        };
    Reconciler reconciler = reconciler(3, LaneThrottles.NONE, cancelled);
    assertThrows(IllegalStateException.class, () -> reconciler.compareAll("r"));
    Await.until(
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("kedge-compare")));
    assertEquals(12_000, lanes(3).compareAll("r").comparedRows());
  }

  private Reconciler lanes(int number) throws SQLException {
    return reconciler(number, LaneThrottles.NONE, Pulse.NONE);
  }

  private Reconciler reconciler(int lanes, LaneThrottles throttles, Pulse pulse)
      throws SQLException {
    Subject subject = Notes.subject(postgres.database(), users.scope);
    return new Reconciler(
        postgres.database(),
        new Subject(subject.migration(), subject.scope(), subject.writing(), lanes),
        new Bounds(Duration.ofMillis(200), 100, 10_000),
        pulse,
        throttles);
  }

  private String ranges(String what) throws SQLException {
    return value("SELECT string_agg(%s, '|' ORDER BY range) FROM kedge.comparison".formatted(what));
  }

  private String value(String query) throws SQLException {
    return Fixture.value(postgres, query);
  }
}
