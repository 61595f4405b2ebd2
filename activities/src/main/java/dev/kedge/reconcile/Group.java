package dev.kedge.reconcile;

import dev.kedge.postgres.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What both sides of a range have of one group.
 *
 * @param key the group's values as text, null being one
 * @param rows of the truth
 * @param following rows of the other side
 * @param sums of the truth's numbers, column by column
 * @param followingSums of the other side's
 */
record Group(
    List<@Nullable String> key,
    long rows,
    long following,
    List<String> sums,
    List<String> followingSums) {
  Group {
    key = Collections.unmodifiableList(new ArrayList<>(key));
    sums = List.copyOf(sums);
    followingSums = List.copyOf(followingSums);
  }

  static Group of(ResultSet row) throws SQLException {
    return new Group(
        Arrays.asList((String[]) row.getArray("group_key").getArray()),
        row.getLong("rows"),
        row.getLong("following_rows"),
        Objects.requireNonNull(Sql.texts(row, "sums")),
        Objects.requireNonNull(Sql.texts(row, "following_sums")));
  }
}
