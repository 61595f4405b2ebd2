package dev.kedge.bench.run;

import dev.kedge.activity.CutoverActivities;
import dev.kedge.activity.RegistryActivities;
import dev.kedge.activity.RegistryActivities.FenceRequest;
import dev.kedge.bench.application.OrderWrites;
import dev.kedge.bench.application.Session;
import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchDatabase;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * The same table three times on one server, each in a database and with a session of its own:
 * without triggers, with those of capture, and with those that follow synchronously beside them.
 * The product installs them; then its tail is stopped, so that only the application works.
 */
final class CaptureVariants implements AutoCloseable {
  /** Something of the database to be let go of. */
  private interface Held extends AutoCloseable {
    @Override
    void close() throws SQLException;
  }

  private final Deque<Held> open = new ArrayDeque<>();
  private final Map<Variant, OrderWrites> writes = new EnumMap<>(Variant.class);

  /** What stands on a table. */
  enum Variant {
    NONE("-none"),
    CAPTURE(""),
    SYNCHRONOUS("-synchronous");

    private final String suffix;

    Variant(String suffix) {
      this.suffix = suffix;
    }

    /** How the names of its figures end. */
    String suffix() {
      return suffix;
    }
  }

  private final long rows;

  private CaptureVariants(long rows) {
    this.rows = rows;
  }

  /**
   * @param rows each table is to have
   */
  static CaptureVariants open(Bench bench, long rows) throws Exception {
    CaptureVariants variants = new CaptureVariants(rows);
    try {
      for (Variant variant : Variant.values()) {
        variants.add(variant, bench.database());
      }
      return variants;
    } catch (Exception e) {
      variants.close();
      throw e;
    }
  }

  OrderWrites writes(Variant variant) {
    return Objects.requireNonNull(writes.get(variant));
  }

  private void add(Variant variant, BenchDatabase database) throws Exception {
    Orders.load(database, rows);
    switch (variant) {
      case NONE -> {
        // As it is.
      }
      case CAPTURE -> stop(engine(database, "trailing"));
      case SYNCHRONOUS -> {
        Engine engine = engine(database, "synchronous");
        engine.fill(1);
        engine.restore();
        engine.activities(CutoverActivities.class).flip(engine.move());
        stop(engine);
      }
    }
    Session session = new Session(database);
    open.push(session::close);
    writes.put(variant, new OrderWrites(session, rows));
  }

  private Engine engine(BenchDatabase database, String sync) {
    Engine engine =
        Engine.open(
            database,
            Orders.spec("orders_new", false, 1, "50ms")
                .replace("    to: orders_new", "    to: orders_new\n    sync: " + sync));
    open.push(engine::close);
    engine.prepare();
    return engine;
  }

  // Nothing of Kedge's sessions writes any more; the triggers go on.
  private static void stop(Engine engine) {
    engine
        .activities(RegistryActivities.class)
        .fence(new FenceRequest(engine.scope(), false, "only triggers are measured"));
  }

  @Override
  public void close() throws SQLException {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }
}
