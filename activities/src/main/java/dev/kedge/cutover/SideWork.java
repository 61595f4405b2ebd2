package dev.kedge.cutover;

import dev.kedge.activity.CutoverActivities.HandoverResult;
import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Database;
import java.sql.SQLException;

/** Changes the writing side of a whole move; how moves in place plug in what is theirs. */
@FunctionalInterface
public interface SideWork {
  HandoverResult run(Database database, MoveScope request) throws SQLException;
}
