package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Payloads;
import dev.kedge.activity.ReconcileActivities;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.RepairRequest;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.PostgresExtension;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.testing.TestActivityEnvironment;
import io.temporal.testing.TestEnvironmentOptions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class PostgresReconcileActivitiesTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @Test
  void anActivityComparesRepairsAndSaysHowFarItIs() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY);
        INSERT INTO a SELECT generate_series(1, 10);
        CREATE TABLE b (id bigint PRIMARY KEY);
        INSERT INTO b SELECT id FROM a WHERE id > 1""");
    Follower follower = Follower.of(postgres, CopyMove.of(postgres, "a", "b").plan(1));
    List<Comparison> beats = Collections.synchronizedList(new ArrayList<>());
    TestActivityEnvironment environment =
        TestActivityEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder()
                .setWorkflowClientOptions(
                    WorkflowClientOptions.newBuilder()
                        .setDataConverter(Payloads.converter())
                        .build())
                .build());
    try {
      environment.setActivityHeartbeatListener(Comparison.class, beats::add);
      environment.registerActivitiesImplementations(
          new PostgresReconcileActivities(postgres.databases()));
      ReconcileActivities activities = environment.newActivityStub(ReconcileActivities.class);
      assertEquals(1, activities.compareMove(follower.scope).missing());
      follower.unseen("INSERT INTO b VALUES (1)");
      assertEquals(0, activities.compareCaptured(follower.scope).unproven());
      RepairRequest repair =
          new RepairRequest(follower.scope.scope(), follower.scope.move(), "bob");
      assertEquals(0, activities.repairFindings(repair).open());
    } finally {
      environment.close();
    }
    assertTrue(beats.stream().allMatch(beat -> beat.finishedAt() == null));
    assertFalse(beats.isEmpty());
  }
}
