package dev.kedge.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows that are compared in every round, whether they changed or not.
 *
 * @param where a predicate over a source row; null for none. Asked of every row, every round
 * @param keys keys of the source, as text, one element a column; empty for none
 */
public record DeepCheck(
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String where,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<List<String>> keys) {
  public DeepCheck {
    keys = keys == null ? List.of() : keys.stream().map(List::copyOf).toList();
  }
}
