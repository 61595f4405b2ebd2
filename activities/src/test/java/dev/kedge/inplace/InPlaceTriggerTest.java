package dev.kedge.inplace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.schema.DdlRunner;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class InPlaceTriggerTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();
  private final InPlaceCapture capture = new InPlaceCapture(new DdlRunner());
  private final InPlaceSwitch cutover = new InPlaceSwitch(new DdlRunner());

  @Test
  void everyInsertAndUpdateSetsTheNewColumn() throws SQLException {
    usersWithHandle();

    postgres.run(
        """
        INSERT INTO users (id, username) VALUES (1, 'Ann'), (2, 'Bob');
        UPDATE users SET username = 'ANNA' WHERE id = 1;
        UPDATE users SET handle = 'nonsense' WHERE id = 2""");

    assertEquals("1 ANNA anna, 2 Bob bob", users());
  }

  @Test
  void aRowThatMovesBehindTheCursorIsFilledOnTheWay() throws SQLException {
    postgres.run(
        "CREATE TABLE users (id int PRIMARY KEY, username text, handle text);"
            + "INSERT INTO users VALUES (15, 'Old', NULL)");
    capture.install(postgres.database(), lower().register());

    postgres.run("UPDATE users SET id = 3 WHERE id = 15");

    assertEquals("3 Old old", users());
  }

  @Test
  void aBulkWriteTakesOneTransactionIdOnly() throws SQLException {
    usersWithHandle();
    long before = nextTransactionId();

    postgres.run(
        "INSERT INTO users (id, username) SELECT g, 'User' || g FROM generate_series(1, 1000) g");

    assertEquals(before + 2, nextTransactionId());
  }

  @Test
  void noSubtransactionIdIsTakenFromWritesOnEither() throws SQLException {
    MoveScope move = usersWithHandle();
    postgres.run(
        "INSERT INTO users (id, username) SELECT g, 'User' || g FROM generate_series(1, 1000) g");
    cutover.handOver(postgres.database(), move);
    long before = nextTransactionId();

    postgres.run(
        "BEGIN; UPDATE users SET handle = 'n' || id; UPDATE users SET username = 'o' || id; UPDATE"
            + " users SET id = -id; COMMIT");

    assertEquals(before + 2, nextTransactionId());
  }

  @Test
  void aBadCastDoesNotFailTheWriteAndLeavesTheColumn() throws SQLException {
    postgres.run("CREATE TABLE parts (id int PRIMARY KEY, size text, millimetres int)");
    capture.install(
        postgres.database(),
        InPlaceMove.of(postgres, "parts").column("millimetres", "size::int").register());

    postgres.run(
        """
        INSERT INTO parts (id, size) VALUES (1, '12'), (2, 'wide');
        UPDATE parts SET size = 'tall' WHERE id = 1""");

    assertEquals("1 tall 12, 2 wide null", rows("parts", "size, millimetres"));
  }

  @Test
  void aValueThatDoesNotFitDoesNotFailTheWrite() throws SQLException {
    postgres.run(
        """
        CREATE DOMAIN positive AS int NOT NULL CHECK (VALUE > 0);
        CREATE TABLE parts (id int PRIMARY KEY, size text, short varchar(3), much public.positive DEFAULT 1,
          must text NOT NULL DEFAULT 'none')""");
    capture.install(
        postgres.database(),
        InPlaceMove.of(postgres, "parts")
            .column("short", "size")
            .column("much", "length(size)")
            .column("must", "nullif(size, 'b')")
            .register());

    postgres.run("INSERT INTO parts (id, size) VALUES (1, 'abcd'), (2, ''), (3, 'abc'), (4, 'b')");

    assertEquals(
        "1 abcd null 1 none, 2  null 1 none, 3 abc abc 3 abc, 4 b b 1 none",
        rows("parts", "size, short, much, must"));
  }

  @Test
  void neitherTheSessionsSettingsNorItsRightsChangeAValue() throws SQLException {
    postgres.run(
        """
        CREATE TABLE visits (id int PRIMARY KEY, at timestamptz, day date, said text);
        CREATE SCHEMA secret;
        CREATE FUNCTION secret.third() RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT 1/3::float8';
        CREATE ROLE plain LOGIN;
        GRANT SELECT, INSERT, UPDATE ON visits TO plain""");
    capture.install(
        postgres.database(),
        InPlaceMove.of(postgres, "visits")
            .column("day", "at::date")
            .column("said", "at::text || ' ' || (at - '2026-01-01Z')::text || secret.third()")
            .register());

    try (Connection plain = postgres.connectAs("plain")) {
      new Sql(plain)
          .execute(
              """
              SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'ISO, DMY';
              SET IntervalStyle = 'iso_8601'; SET extra_float_digits = -3;
              INSERT INTO visits (id, at) VALUES (1, '2026-03-01 20:00Z')""");
    } finally {
      postgres.run("DROP OWNED BY plain; DROP ROLE plain");
    }

    assertEquals(
        "1 2026-03-01 2026-03-01 20:00:00+00 59 days 20:00:000.3333333333333333",
        rows("visits", "day, said"));
  }

  @Test
  void rowsOfASessionInReplicaModeFollowToo() throws SQLException {
    usersWithHandle();

    postgres.run(
        "SET session_replication_role = replica; INSERT INTO users (id, username) VALUES (1, 'Ann')");

    assertEquals("1 Ann ann", users());
  }

  @Test
  void anExpressionMayTakeTheWholeRow() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, username text, handle text);
        CREATE FUNCTION public.shout(public.users) RETURNS text LANGUAGE sql IMMUTABLE
          AS 'SELECT upper($1.username)'""");
    capture.install(
        postgres.database(),
        InPlaceMove.of(postgres, "users").column("handle", "public.shout(users)").register());

    postgres.run("INSERT INTO users (id, username) VALUES (1, 'Ann')");

    assertEquals("1 Ann ANN", users());
  }

  @Test
  void theTableMayGainAndLoseColumnsMeanwhile() throws SQLException {
    usersWithHandle();
    try (Connection connection = postgres.connect()) {
      Sql app = new Sql(connection);
      app.execute("INSERT INTO users (id, username) VALUES (1, 'Ann')");
      postgres.run("ALTER TABLE users ADD COLUMN age int; ALTER TABLE users ADD COLUMN x int");
      app.execute("UPDATE users SET username = 'Bea', age = 3");
      postgres.run("ALTER TABLE users DROP COLUMN age");
      app.execute("UPDATE users SET username = 'Cid', x = 3");
    }

    assertEquals("1 Cid cid", users());
  }

  @Test
  void fromWritesOnWhatTheApplicationDidNotWriteFollows() throws SQLException {
    MoveScope move = usersWithHandle();
    postgres.run("INSERT INTO users (id, username) VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cid')");
    cutover.handOver(postgres.database(), move);

    postgres.run(
        """
        UPDATE users SET handle = 'Anna' WHERE id = 1;
        UPDATE users SET username = 'BERT' WHERE id = 2;
        INSERT INTO users (id, username) VALUES (4, 'Dan');
        INSERT INTO users (id, handle) VALUES (5, 'Eve');
        UPDATE users SET id = 6 WHERE id = 1""");

    // What the new application wrote stays as it wrote it, though lower() would forget the capital.
    assertEquals("2 BERT bert, 3 Cid cid, 4 Dan dan, 5 Eve Eve, 6 Anna Anna", users());
    assertEquals("3 2", agreement(move));
  }

  @Test
  void beforeWritesTheOldColumnIsNeverTouched() throws SQLException {
    usersWithHandle();
    postgres.run("INSERT INTO users (id, username) VALUES (1, 'BobSmith')");

    postgres.run("UPDATE users SET handle = 'x'; INSERT INTO users (id, handle) VALUES (2, 'y')");

    assertEquals("1 BobSmith bobsmith, 2 null null", users());
  }

  @Test
  void aDefaultOfTheNewColumnIsNotTakenForTheNewApplication() throws SQLException {
    postgres.run(
        "CREATE TABLE users (id int PRIMARY KEY, username text, handle text NOT NULL DEFAULT"
            + " 'none')");
    MoveScope move = lowerBothWays().register();
    capture.install(postgres.database(), move);
    cutover.handOver(postgres.database(), move);

    postgres.run(
        "INSERT INTO users (id, username) VALUES (1, 'Ann'); INSERT INTO users (id, handle) VALUES"
            + " (2, 'bob')");

    assertEquals("1 Ann ann, 2 bob bob", users());
  }

  @Test
  void withoutReverseTheNewColumnIsTheApplications() throws SQLException {
    postgres.run("CREATE TABLE users (id int PRIMARY KEY, username text, handle text, n int)");
    MoveScope move = lower().register();
    capture.install(postgres.database(), move);
    cutover.handOver(postgres.database(), move);

    postgres.run(
        """
        INSERT INTO users (id, username) VALUES (1, 'Ann'), (2, 'Bob');
        INSERT INTO users (id, username, handle) VALUES (3, 'Cid', 'Sid');
        UPDATE users SET handle = 'Robert' WHERE id = 2;
        UPDATE users SET n = 1;
        UPDATE users SET username = 'Anna' WHERE id = 1""");

    assertEquals("1 Anna anna, 2 Bob Robert, 3 Cid Sid", users());
  }

  @Test
  void fromWritesOnABadCastDoesNotFailTheWriteEither() throws SQLException {
    postgres.run("CREATE TABLE parts (id int PRIMARY KEY, size int, wide text)");
    MoveScope move =
        InPlaceMove.of(postgres, "parts")
            .column("wide", "size || ' mm'")
            .reverse("size", "split_part(wide, ' ', 1)::int")
            .register();
    capture.install(postgres.database(), move);
    cutover.handOver(postgres.database(), move);

    postgres.run(
        """
        INSERT INTO parts (id, size) VALUES (1, 12);
        UPDATE parts SET wide = 'about 12';
        INSERT INTO parts (id, wide) VALUES (2, 'very'), (3, '7 mm')""");

    assertEquals("1 12 about 12, 2 null very, 3 7 7 mm", rows("parts", "size, wide"));
  }

  private MoveScope usersWithHandle() throws SQLException {
    postgres.run("CREATE TABLE users (id int PRIMARY KEY, username text, handle text)");
    MoveScope move = lowerBothWays().register();
    capture.install(postgres.database(), move);
    return move;
  }

  private InPlaceMove lower() throws SQLException {
    return InPlaceMove.of(postgres, "users").column("handle", "lower(username) -- forgets case");
  }

  private InPlaceMove lowerBothWays() throws SQLException {
    return lower().reverse("username", "handle");
  }

  private String users() throws SQLException {
    return rows("users", "username, handle");
  }

  private String rows(String table, String columns) throws SQLException {
    String texts =
        columns.replace(", ", ", ' ', ").replaceAll("\\w+", "coalesce($0::text, 'null')");
    return Fixture.value(
        postgres,
        "SELECT string_agg(id || ' ' || concat(%s), ', ' ORDER BY id) FROM %s"
            .formatted(texts, table));
  }

  private String agreement(MoveScope move) throws SQLException {
    return Fixture.value(
        postgres,
        "SELECT count(*) FILTER (WHERE %s) || ' ' || count(*) FILTER (WHERE %s) FROM users"
            .formatted(AgreementSql.forward(move.move()), AgreementSql.reverse(move.move())));
  }

  private long nextTransactionId() throws SQLException {
    return Long.parseLong(Fixture.value(postgres, "SELECT pg_current_xact_id()::text"));
  }
}
