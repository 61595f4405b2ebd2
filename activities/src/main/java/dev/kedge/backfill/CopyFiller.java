package dev.kedge.backfill;

import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.Projection;
import java.sql.SQLException;
import java.util.List;

/** Copies a chunk from the source into the target. */
public final class CopyFiller implements Filler {
  @Override
  public long fill(Sql sql, MoveScope request, KeyRange chunk) throws SQLException {
    Projection projection = Projection.forward(request.move());
    if (projection.owned() != null) {
      return fillOwned(sql, request, ChunkSql.copyOwned(projection, chunk));
    }
    Fragment copy = ChunkSql.copy(projection, chunk);
    return sql.update(copy.text(), copy.values());
  }

  private static long fillOwned(Sql sql, MoveScope request, Fragment copy) throws SQLException {
    return sql.one(
        copy.text(),
        row -> {
          List<String> stray = Sql.texts(row, "key");
          if (stray != null) {
            throw SharedTarget.stray(Projection.forward(request.move()), stray);
          }
          return row.getLong("made");
        },
        copy.values());
  }
}
