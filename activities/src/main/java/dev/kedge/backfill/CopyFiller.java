package dev.kedge.backfill;

import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.Projection;
import java.sql.SQLException;

/** Copies a chunk from the source into the target. */
public final class CopyFiller implements Filler {
  @Override
  public long fill(Sql sql, MoveScope request, KeyRange chunk) throws SQLException {
    Fragment copy = ChunkSql.copy(Projection.forward(request.move()), chunk);
    return sql.update(copy.text(), copy.values());
  }
}
