package dev.kedge.worker;

import dev.kedge.backfill.PostgresBackfillActivities;
import dev.kedge.capture.PostgresCaptureActivities;
import dev.kedge.cutover.PostgresCutoverActivities;
import dev.kedge.cutover.PostgresTailActivities;
import dev.kedge.inplace.InPlaceCapture;
import dev.kedge.inplace.InPlaceFiller;
import dev.kedge.inplace.InPlaceSwitch;
import dev.kedge.invariant.PostgresInvariantActivities;
import dev.kedge.postgres.Databases;
import dev.kedge.progress.MigrationProgress;
import dev.kedge.reconcile.PostgresReconcileActivities;
import dev.kedge.reconcile.PostgresVerifyActivities;
import dev.kedge.registry.PostgresRegistryActivities;
import dev.kedge.schema.DdlRunner;
import dev.kedge.schema.PostgresDdlActivities;
import dev.kedge.schema.PostgresPlanActivities;
import java.util.List;
import java.util.stream.Stream;

/**
 * The activities a worker offers, by role, each built by its constructor.
 *
 * @param databases what they work on; not theirs to close
 */
public record Activities(Databases databases) {
  /** Plans, registers, changes schemas, and hands over. */
  public List<Object> ddl() {
    DdlRunner runner = new DdlRunner();
    InPlaceCapture capture = new InPlaceCapture(runner);
    InPlaceSwitch side = new InPlaceSwitch(runner);
    return List.of(
        new PostgresPlanActivities(databases),
        new PostgresRegistryActivities(databases, MigrationProgress::read),
        new PostgresDdlActivities(databases, runner),
        new PostgresCaptureActivities(databases, capture::install, capture::remove),
        new PostgresCutoverActivities(databases, side::handOver, side::handBack));
  }

  /** Fills, follows, compares. */
  public List<Object> backfill() {
    return List.of(
        new PostgresBackfillActivities(databases, new InPlaceFiller()),
        new PostgresTailActivities(databases),
        new PostgresReconcileActivities(databases),
        new PostgresVerifyActivities(databases),
        new PostgresInvariantActivities(databases));
  }

  /** The one that implements {@code type}, for who drives it without Temporal. */
  public <T> T get(Class<T> type) {
    return Stream.concat(ddl().stream(), backfill().stream())
        .filter(type::isInstance)
        .map(type::cast)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no worker offers " + type));
  }
}
