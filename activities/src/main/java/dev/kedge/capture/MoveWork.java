package dev.kedge.capture;

import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Database;
import java.sql.SQLException;

/** Something done for a whole move; how moves in place plug in what is theirs. */
@FunctionalInterface
public interface MoveWork {
  void run(Database database, MoveScope request) throws SQLException;
}
