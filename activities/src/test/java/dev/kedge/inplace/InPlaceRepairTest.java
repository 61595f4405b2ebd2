package dev.kedge.inplace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.KeySet;
import dev.kedge.schema.DdlRunner;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class InPlaceRepairTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();
  private final InPlaceCapture capture = new InPlaceCapture(new DdlRunner());
  private final InPlaceSwitch cutover = new InPlaceSwitch(new DdlRunner());

  @Test
  void untilWritesTheOldColumnIsTheTruth() throws SQLException {
    MoveScope move = users();

    assertEquals(1, repair(move));

    assertEquals("1 Ann ann, 2 Bob bob, 3 Cid wrong", rows());
  }

  @Test
  void fromWritesOnTheNewColumnIsAndRowsThatAgreeEitherWayStay() throws SQLException {
    MoveScope move = users();
    cutover.handOver(postgres.database(), move);

    assertEquals(1, repair(move));

    assertEquals("1 Ann ann, 2 Wrong Wrong, 3 Cid wrong", rows());
  }

  private MoveScope users() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, username text, handle text);
        INSERT INTO users VALUES (1, 'Ann', 'ann'), (2, 'Bob', 'Wrong'), (3, 'Cid', 'wrong')""");
    MoveScope move =
        InPlaceMove.of(postgres, "users")
            .column("handle", "lower(username)")
            .reverse("username", "handle")
            .register();
    capture.install(postgres.database(), move);
    return move;
  }

  private long repair(MoveScope move) throws SQLException {
    return postgres
        .database()
        .inTransaction(
            Transaction.readCommitted("m", "repair"),
            sql ->
                InPlaceRepair.repair(sql, move, KeySet.of(1, List.of(List.of("1"), List.of("2")))));
  }

  private String rows() throws SQLException {
    return Fixture.value(
        postgres,
        "SELECT string_agg(id || ' ' || username || ' ' || handle, ', ' ORDER BY id) FROM users");
  }
}
