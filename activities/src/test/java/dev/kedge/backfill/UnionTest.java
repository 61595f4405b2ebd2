package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.ledger.Claim;
import dev.kedge.ledger.Ledger;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two sources, one target: each move sees, counts and touches its own rows only. */
final class UnionTest {
  private static final String BY_KIND =
      """
      CREATE TABLE phones (id int PRIMARY KEY, v text);
      CREATE TABLE mails (id int PRIMARY KEY, v text);
      CREATE TABLE contacts (kind int, id int, v text, PRIMARY KEY (kind, id));
      INSERT INTO phones SELECT i, 'p' || i FROM generate_series(1, 20) i;
      INSERT INTO mails SELECT i, 'm' || i FROM generate_series(11, 30) i""";
  private static final String BY_ORIGIN =
      """
      CREATE TABLE phones (id int PRIMARY KEY, v text);
      CREATE TABLE mails (id int PRIMARY KEY, v text);
      CREATE TABLE contacts (id int PRIMARY KEY, v text, origin text);
      INSERT INTO phones VALUES (1, 'p1'), (3, 'p3');
      INSERT INTO mails VALUES (2, 'm2'), (4, 'm4')""";

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine phones;
  private CopyEngine mails;

  UnionTest() {}

  private void byKind() throws SQLException {
    postgres.run(BY_KIND);
    start("kind", "1", "2");
  }

  private void byOrigin() throws SQLException {
    postgres.run(BY_ORIGIN);
    start("origin", "'phone'", "'mail'");
  }

  private void start(String column, String phone, String mail) throws SQLException {
    phones =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "phones", "contacts")
                .column(column, phone)
                .owns(owns(column, phone, mail))
                .plan(1));
    mails =
        phones.beside(
            CopyMove.of(postgres, "mails", "contacts")
                .column(column, mail)
                .owns(owns(column, mail, phone))
                .plan(2));
  }

  private static String owns(String column, String own, String other) {
    return "(%1$s = %2$s) AND (%1$s = %3$s) IS NOT TRUE".formatted(column, own, other);
  }

  @Test
  void rowsOfOneKeyInBothSourcesAreFollowedApart() throws SQLException {
    byKind();
    fill();
    postgres.run(
        """
        DELETE FROM phones WHERE id IN (5, 15);
        UPDATE mails SET v = 'new' WHERE id IN (11, 16);
        UPDATE mails SET id = 1 WHERE id = 20;
        UPDATE phones SET id = 30 WHERE id = 20""");
    round();

    assertSame();
    assertEquals(
        "30=p20", value("phones.id || '=' || v FROM contacts phones WHERE kind = 1 AND id = 30"));
  }

  @Test
  void anEmptiedSourceTakesItsOwnRowsAlone() throws SQLException {
    byKind();
    fill();
    postgres.run("TRUNCATE phones; INSERT INTO phones VALUES (11, 'again')");
    round();

    assertSame();
    assertEquals("21", value("count(*) FROM contacts"));
  }

  @Test
  void anEmptiedSourceTakesItsOwnRowsOfAFilledPartToo() throws SQLException {
    byKind();
    mails.lane();
    mails.round();
    Claim claim = phones.fill(phones.claim("x"), 15).orElseThrow();
    postgres.run("TRUNCATE phones; INSERT INTO phones VALUES (12, 'again')");
    assertTrue(phones.apply(claim));

    assertEquals("21", value("count(*) FROM contacts"));
    phones.fill(claim.nextTurn(), 100);
    round();
    assertSame();
  }

  @Test
  void aRowThatItsMoveDoesNotOwnStopsTheCopyByName() throws SQLException {
    postgres.run(
        """
        CREATE TABLE phones (id int PRIMARY KEY, kind int);
        CREATE TABLE contacts (id int PRIMARY KEY, kind int);
        INSERT INTO phones VALUES (1, 1), (2, 1), (3, 7)""");
    phones =
        CopyEngine.start(
            postgres, CopyMove.of(postgres, "phones", "contacts").owns("kind = 1").plan(1));

    Claim claim = phones.claim("x");
    ApplicationFailure stray = assertThrows(ApplicationFailure.class, () -> phones.fill(claim, 10));
    assertEquals("BadData", stray.getType());
    assertTrue(stray.getMessage().contains("row 3 of public.phones"), stray.getMessage());
    assertEquals("0", value("count(*) FROM contacts"));

    postgres.run("UPDATE phones SET kind = 1 WHERE id = 3");
    phones.fill(claim, 10);
    phones.round();
    postgres.run("UPDATE phones SET kind = NULL WHERE id = 2");
    ApplicationFailure later = assertThrows(ApplicationFailure.class, phones::round);
    assertTrue(later.getMessage().contains("row 2 of public.phones"), later.getMessage());
    assertEquals("1", value("kind FROM contacts WHERE id = 2"));
  }

  @Test
  void aKeyThatTwoMovesMakeStopsByName() throws SQLException {
    byOrigin();
    postgres.run("INSERT INTO mails VALUES (3, 'again')");
    fillOf(phones);
    Ledger ledger = mails.ledger();
    Chunk chunk = new Chunk(mails.database(), ledger, new CopyFiller(), 1);
    Lane lane =
        new Lane(
            ledger,
            tally ->
                new RangeWork(ledger, chunk, null, tally, new RangeWork.Effort(new ChunkSize(), 2)),
            Heartbeat.ofActivity(() -> null),
            Duration.ofSeconds(20));

    ApplicationFailure taken = assertThrows(ApplicationFailure.class, lane::run);

    assertEquals("BadData", taken.getType());
    assertTrue(taken.getMessage().contains("made by another move"), taken.getMessage());
    assertTrue(taken.getMessage().contains("help:"), taken.getMessage());
    assertEquals("p3", value("v FROM contacts WHERE id = 3"));
  }

  @Test
  void aChunkWaitsForARowThatIsLeaving() throws Exception {
    byOrigin();
    fillOf(phones);
    postgres.run("DELETE FROM phones WHERE id = 3; INSERT INTO mails VALUES (3, 'moved')");
    Concurrently<Outcome> lane = Concurrently.start(() -> mails.lane().outcome());
    Concurrently.until(
        postgres, "SELECT count(*) > 0 FROM kedge.lease WHERE move = 2 AND owner IS NOT NULL");
    phones.round();

    assertEquals(Outcome.DONE, lane.result());
    mails.round();
    assertEquals("moved mail", value("v || ' ' || origin FROM contacts WHERE id = 3"));
  }

  @Test
  void rowsThatSwapTheirSourcesDoNotStandInEachOthersWay() throws SQLException {
    byOrigin();
    fill();
    postgres.run(
        """
        BEGIN;
        DELETE FROM phones WHERE id = 1;
        DELETE FROM mails WHERE id = 2;
        INSERT INTO phones VALUES (2, 'was mail');
        INSERT INTO mails VALUES (1, 'was phone');
        COMMIT""");

    assertEquals("23505", assertThrows(SQLException.class, phones::round).getSQLState());
    mails.round();
    phones.round();

    assertEquals("was phone mail", value("v || ' ' || origin FROM contacts WHERE id = 1"));
    assertEquals("was mail phone", value("v || ' ' || origin FROM contacts WHERE id = 2"));
    assertEquals("4", value("count(*) FROM contacts"));
  }

  @Test
  void whatIsRemovedOfOneMoveLeavesTheOtherFollowing() throws SQLException {
    byKind();
    fill();
    phones.capture().removeCapture(phones.scope());
    postgres.run("UPDATE mails SET v = 'later'; DELETE FROM phones");
    mails.round();

    assertEquals("20", value("count(*) FROM contacts WHERE v = 'later'"));
    assertEquals("20", value("count(*) FROM contacts WHERE kind = 1"));
    SQLException refused =
        assertThrows(SQLException.class, () -> postgres.run("DELETE FROM contacts"));
    assertEquals("KD001", refused.getSQLState());
  }

  @Test
  void rowsOfAnotherMoveAreNoObstacleToInstallingOne() throws SQLException {
    postgres.run(BY_KIND);
    phones =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "phones", "contacts")
                .column("kind", "1")
                .owns("kind = 1")
                .plan(1));
    fillOf(phones);
    mails =
        phones.beside(
            CopyMove.of(postgres, "mails", "contacts")
                .column("kind", "2")
                .owns("kind = 2")
                .plan(2));
    fillOf(mails);
    assertSame();
  }

  @Test
  void rowsOfNobodyAreAnObstacleToTheFirst() throws SQLException {
    postgres.run(BY_KIND);
    postgres.run("INSERT INTO contacts VALUES (9, 9, 'x')");
    assertThrows(
        ApplicationFailure.class,
        () ->
            CopyEngine.start(
                postgres,
                CopyMove.of(postgres, "phones", "contacts")
                    .column("kind", "1")
                    .owns("kind = 1")
                    .plan(1)));
  }

  private void fill() throws SQLException {
    fillOf(phones);
    fillOf(mails);
  }

  private static void fillOf(CopyEngine engine) throws SQLException {
    assertEquals(Outcome.DONE, engine.lane().outcome());
    engine.round();
  }

  private void round() throws SQLException {
    phones.round();
    mails.round();
  }

  private String value(String of) throws SQLException {
    return Fixture.value(postgres, "SELECT " + of);
  }

  private void assertSame() throws SQLException {
    assertEquals(
        "0",
        value(
            """
            count(*) FROM (
              SELECT 1 AS kind, id, v FROM phones UNION ALL SELECT 2, id, v FROM mails) s
            FULL JOIN contacts t USING (kind, id)
            WHERE s.v IS DISTINCT FROM t.v"""));
  }
}
