package dev.kedge.throttle;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.Payloads;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Transaction;
import dev.kedge.spec.Guards;
import dev.kedge.spec.Limit;
import dev.kedge.spec.Signal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The bounds of a migration's plan, in the order of its spec.
 *
 * @param all each with what is done at it
 */
record Bounds(List<Bound> all) {
  /** A bound and what is done at it. */
  record Bound(Guard guard, Limit limit) {}

  Bounds {
    all = List.copyOf(all);
  }

  /** All but what the walk itself acts on: invariants are counted where they are checked. */
  static Bounds of(Guards guards) {
    List<Bound> all = new ArrayList<>();
    guards.throttle().forEach(limit -> all.add(new Bound(Guard.THROTTLE, limit)));
    guards.pause().forEach(limit -> all.add(new Bound(Guard.PAUSE, limit)));
    guards.abort().forEach(limit -> all.add(new Bound(Guard.ABORT, limit)));
    all.removeIf(bound -> bound.limit().signal() == Signal.INVARIANT);
    return new Bounds(all);
  }

  /** Those of the plan the migration was registered with. */
  static Bounds recorded(Database database, String migration, long id) throws SQLException {
    String json =
        database.inTransaction(
            Transaction.readCommitted(migration, "look").relaxed(),
            sql -> sql.first(ThrottleSql.GUARDS, row -> row.getString("guards"), id).orElse(""));
    return json.isEmpty() ? of(Guards.NONE) : of(read(json));
  }

  boolean none() {
    return all.isEmpty();
  }

  boolean has(Signal signal) {
    return all.stream().anyMatch(bound -> bound.limit().signal() == signal);
  }

  private static Guards read(String json) {
    try {
      return Payloads.mapper().readValue(json, Guards.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("kedge.migration holds guards that cannot be read", e);
    }
  }
}
