package dev.kedge.reconcile;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.Payloads;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.DeepCheck;
import dev.kedge.spec.RecentRows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of a move the spec wants compared in every round.
 *
 * @param keys by key, of the source
 * @param predicates over a source row
 * @param groupBy columns of the target by which rows are counted
 */
record Scrutiny(List<List<String>> keys, List<String> predicates, List<String> groupBy) {
  static final Scrutiny NONE = new Scrutiny(List.of(), List.of(), List.of());

  Scrutiny {
    keys = List.copyOf(keys);
    predicates = List.copyOf(predicates);
    groupBy = List.copyOf(groupBy);
  }

  static Scrutiny of(ResultSet row) throws SQLException {
    try {
      List<String> by = Sql.texts(row, "group_by");
      return of(
          read(row.getString("deep_check"), DeepCheck.class),
          read(row.getString("recent"), RecentRows.class),
          by == null ? List.of() : by);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the plan is not what was written there", e);
    }
  }

  private static Scrutiny of(
      @Nullable DeepCheck deep, @Nullable RecentRows recent, List<String> groupBy) {
    List<String> predicates = new ArrayList<>();
    if (deep != null && deep.where() != null) {
      predicates.add(deep.where());
    }
    if (recent != null) {
      predicates.add(
          "%s >= now() - %s::interval"
              .formatted(Quoting.name(recent.column()), Quoting.literal(recent.last().toString())));
    }
    return new Scrutiny(deep == null ? List.of() : deep.keys(), predicates, groupBy);
  }

  private static <T> @Nullable T read(@Nullable String json, Class<T> type)
      throws JsonProcessingException {
    return json == null ? null : Payloads.mapper().readValue(json, type);
  }

  /** True for the rows that any predicate means; empty without one. */
  Optional<String> predicate() {
    return predicates.stream()
        .map(each -> "coalesce((\n" + each + "\n), false)")
        .reduce((one, other) -> one + " OR " + other);
  }
}
