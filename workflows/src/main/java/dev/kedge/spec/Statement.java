package dev.kedge.spec;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One SQL statement of {@code expand} or {@code contract}.
 *
 * @param sql the statement, without a closing semicolon
 * @param undo the statement that takes it back; null when the catalog diff around it is to tell
 */
public record Statement(String sql, @Nullable String undo) {
  public Statement {
    Objects.requireNonNull(sql, "sql");
  }
}
