package dev.kedge.inplace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.schema.DdlRunner;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.function.Executable;

final class InPlaceCaptureTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();
  private final InPlaceCapture capture = new InPlaceCapture(new DdlRunner());
  private final InPlaceSwitch cutover = new InPlaceSwitch(new DdlRunner());

  @Test
  void oneHalfIsAlwaysOnAndTheOtherWaits() throws SQLException {
    install();

    assertEquals("zzzz_kedge_both_1_1 D, zzzz_kedge_fill_1_1 A", triggers());
  }

  @Test
  void installingTwiceChangesNothing() throws SQLException {
    MoveScope move = install();
    String before = catalog();

    capture.install(postgres.database(), move);

    assertEquals(before, catalog());
  }

  @Test
  void installingAgainAfterWritesKeepsTheOtherHalfOn() throws SQLException {
    MoveScope move = install();
    cutover.handOver(postgres.database(), move);
    postgres.run("DROP TRIGGER zzzz_kedge_fill_1_1 ON users");

    capture.install(postgres.database(), move);

    assertEquals("zzzz_kedge_both_1_1 A, zzzz_kedge_fill_1_1 D", triggers());
  }

  @Test
  void aTriggerSwitchedOffAndOnAgainIsNoticed() throws SQLException {
    MoveScope move = install();
    postgres.run("ALTER TABLE users DISABLE TRIGGER USER");
    refused(Failures.CATALOG_DIFFERS, () -> capture.check(postgres.database(), move));

    postgres.run("ALTER TABLE users ENABLE ALWAYS TRIGGER zzzz_kedge_fill_1_1");

    refused(Failures.CATALOG_DIFFERS, () -> capture.check(postgres.database(), move));
  }

  @Test
  void aReplacedFunctionIsNoticed() throws SQLException {
    MoveScope move = install();

    postgres.run(
        "CREATE OR REPLACE FUNCTION kedge.fill_1_1() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN"
            + " RETURN NEW; END'");

    refused(Failures.CATALOG_DIFFERS, () -> capture.check(postgres.database(), move));
  }

  @Test
  void installingAgainMendsWhatSomebodySwitchedOff() throws SQLException {
    MoveScope move = install();
    postgres.run("ALTER TABLE users DISABLE TRIGGER USER");

    capture.install(postgres.database(), move);

    assertEquals("zzzz_kedge_both_1_1 D, zzzz_kedge_fill_1_1 A", triggers());
    capture.check(postgres.database(), move);
  }

  @Test
  void aTriggerThatWouldFireAfterOursIsRefusedByName() throws SQLException {
    users();
    postgres.run(
        """
        CREATE FUNCTION public.shout() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN NEW.username := upper(NEW.username); RETURN NEW; END';
        CREATE TRIGGER zzzzz_shout BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION public.shout()""");

    String message =
        refused(Failures.REFUSED, () -> capture.install(postgres.database(), move().register()));

    assertTrue(message.contains("zzzzz_shout"), message);
    assertEquals("null", triggers());
    assertEquals("0", functions());
  }

  @Test
  void aTriggerThatIsAddedLaterIsNoticed() throws SQLException {
    MoveScope move = install();
    postgres.run(
        """
        CREATE FUNCTION public.shout() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN NEW.username := upper(NEW.username); RETURN NEW; END';
        CREATE TRIGGER zzzzz_shout BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION public.shout()""");

    refused(Failures.REFUSED, () -> capture.check(postgres.database(), move));
  }

  @Test
  void anExpressionThatTheServerDoesNotTakeIsRefusedBeforeATriggerTrapsItForEver()
      throws SQLException {
    users();
    MoveScope move =
        InPlaceMove.of(postgres, "users").column("handle", "no_such_function(username)").register();

    refused(Failures.REFUSED, () -> capture.install(postgres.database(), move));
  }

  @Test
  void anExpressionThatReadsAGeneratedColumnIsRefusedByName() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, username text, handle text,
          loud text GENERATED ALWAYS AS (upper(username)) STORED)""");
    MoveScope move =
        InPlaceMove.of(postgres, "users").column("handle", "username || loud").register();

    String message = refused(Failures.REFUSED, () -> capture.install(postgres.database(), move));

    assertTrue(message.contains("reads loud of public.users"), message);
    assertEquals("0", functions());
  }

  @Test
  void aGeneratedColumnThatNobodyReadsDoesNoHarm() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, username text, handle text,
          loud text GENERATED ALWAYS AS (upper(username)) STORED)""");
    capture.install(postgres.database(), move().register());

    postgres.run("INSERT INTO users (id, username) VALUES (1, 'Ann')");

    assertEquals(
        "Ann ann ANN",
        Fixture.value(postgres, "SELECT username || ' ' || handle || ' ' || loud FROM users"));
  }

  @Test
  void whatIsInstalledAgainCanBeRemovedAgain() throws SQLException {
    MoveScope move = install();
    capture.remove(postgres.database(), move);

    capture.install(postgres.database(), move);
    assertEquals("zzzz_kedge_both_1_1 D, zzzz_kedge_fill_1_1 A", triggers());
    capture.remove(postgres.database(), move);

    assertEquals("null", triggers());
    assertEquals("0", functions());
  }

  @Test
  void aDefaultThatIsNoConstantIsRefused() throws SQLException {
    postgres.run(
        "CREATE TABLE users (id int PRIMARY KEY, username text, handle text DEFAULT"
            + " gen_random_uuid()::text)");

    refused(Failures.REFUSED, () -> capture.install(postgres.database(), move().register()));
  }

  @Test
  void removingLeavesNothingAndMayBeDoneAgain() throws SQLException {
    MoveScope move = install();

    capture.remove(postgres.database(), move);
    capture.remove(postgres.database(), move);

    assertEquals("null", triggers());
    assertEquals("0", functions());
  }

  @Test
  void afterRemovingTheNewApplicationInsertsWithoutOldColumns() throws SQLException {
    postgres.run(
        "CREATE TABLE users (id int PRIMARY KEY, username text NOT NULL, handle text NOT NULL)");
    MoveScope move = move().register();
    capture.install(postgres.database(), move);
    cutover.handOver(postgres.database(), move);

    capture.remove(postgres.database(), move);

    postgres.run("INSERT INTO users (id, handle) VALUES (1, 'ann')");
    assertThrows(
        SQLException.class, () -> postgres.run("INSERT INTO users (id, username) VALUES (2, 'B')"));
  }

  @Test
  void removingOnTheWayBackLeavesColumnsAsTheyAre() throws SQLException {
    postgres.run("CREATE TABLE users (id int PRIMARY KEY, username text NOT NULL, handle text)");
    MoveScope move = move().register();
    capture.install(postgres.database(), move);
    cutover.handOver(postgres.database(), move);
    cutover.handBack(postgres.database(), move);

    capture.remove(postgres.database(), move);

    assertThrows(
        SQLException.class, () -> postgres.run("INSERT INTO users (id, handle) VALUES (1, 'a')"));
  }

  @Test
  void removingGoesOnWhereACrashStoppedIt() throws SQLException {
    MoveScope move = install();
    // As after the first of its transactions.
    postgres.run("DROP TRIGGER zzzz_kedge_fill_1_1 ON users");

    capture.remove(postgres.database(), move);

    assertEquals("null", triggers());
    assertEquals("0", functions());
  }

  @Test
  void removingWorksWhenTheTableIsGone() throws SQLException {
    MoveScope move = install();
    postgres.run("DROP TABLE users");

    capture.remove(postgres.database(), move);

    assertEquals("0", functions());
  }

  @Test
  void nothingIsInstalledAtAnEpochThatIsOver() throws SQLException {
    users();
    MoveScope move = move().register();
    Fixture.bump(postgres, move.scope());

    refused(Failures.FENCED, () -> capture.install(postgres.database(), move));

    assertEquals("null", triggers());
  }

  private MoveScope install() throws SQLException {
    users();
    MoveScope move = move().register();
    capture.install(postgres.database(), move);
    return move;
  }

  private void users() throws SQLException {
    postgres.run("CREATE TABLE users (id int PRIMARY KEY, username text, handle text)");
  }

  private InPlaceMove move() throws SQLException {
    return InPlaceMove.of(postgres, "users")
        .column("handle", "lower(username)")
        .reverse("username", "handle");
  }

  private String triggers() throws SQLException {
    return Fixture.value(
        postgres,
        "SELECT string_agg(tgname || ' ' || tgenabled::text, ', ' ORDER BY tgname) FROM pg_trigger WHERE"
            + " tgname LIKE 'zzzz\\_kedge%'");
  }

  private String catalog() throws SQLException {
    return Fixture.value(
        postgres, "SELECT string_agg(oid || ':' || xmin, ' ' ORDER BY oid) FROM pg_trigger");
  }

  private String functions() throws SQLException {
    return Fixture.value(
        postgres, "SELECT count(*) FROM pg_proc WHERE pronamespace = 'kedge'::regnamespace");
  }

  private static String refused(String type, Executable action) {
    ApplicationFailure failure = assertThrows(ApplicationFailure.class, action);
    assertEquals(type, failure.getType());
    return failure.getOriginalMessage();
  }
}
