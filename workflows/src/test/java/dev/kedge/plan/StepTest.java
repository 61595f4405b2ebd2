package dev.kedge.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kedge.activity.Payloads;
import dev.kedge.spec.ApprovalPolicy;
import dev.kedge.spec.Gate;
import dev.kedge.spec.TableName;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Steps go into history and files; both ways lose nothing. */
final class StepTest {
  private static final ObjectMapper JSON = Payloads.mapper();
  private static final List<String> SQL = List.of("SELECT 1");
  private static final List<Step.Lock> LOCKS =
      List.of(new Step.Lock("public.users", "AccessExclusiveLock"));

  private static final List<Step> ALL =
      List.of(
          new Step.ApplyDdl(
              Phase.EXPAND,
              1,
              "ALTER TABLE users ADD COLUMN handle text",
              List.of("ALTER TABLE users DROP COLUMN handle"),
              List.of(new Step.Destroyed(new TableName("public", "users"), List.of("x"))),
              LOCKS),
          new Step.AwaitGate(Phase.READS, Gate.READS, ApprovalPolicy.defaultOf(Gate.READS)),
          new Step.DeferIndexes(Phase.CAPTURE, 1, SQL, LOCKS),
          new Step.InstallCapture(Phase.CAPTURE, 1, SQL, LOCKS),
          new Step.Fill(Phase.BACKFILL, 1, SQL, LOCKS),
          new Step.RestoreIndexes(Phase.BACKFILL, 1, SQL, LOCKS),
          new Step.Compare(Phase.RECONCILE, 1, SQL, LOCKS),
          new Step.Flip(Phase.RECONCILE, 1, SQL, LOCKS),
          new Step.HandOver(Phase.WRITES, 1, SQL, LOCKS),
          new Step.Hold(Phase.STABILITY, Duration.ofHours(24)),
          new Step.RemoveCapture(Phase.CONTRACT, 1, SQL, LOCKS));

  @Test
  void everyStepSurvivesItsJson() throws Exception {
    for (Step step : ALL) {
      String json = JSON.writerFor(Step.class).writeValueAsString(step);
      assertEquals(step, JSON.readValue(json, Step.class), json);
    }
  }

  @Test
  void everyStepShowsWhatThePlansFormPromises() throws Exception {
    for (Step step : ALL) {
      JsonNode json = JSON.readTree(JSON.writerFor(Step.class).writeValueAsString(step));
      Set<String> names = new TreeSet<>();
      json.fieldNames().forEachRemaining(names::add);
      names.retainAll(
          Set.of("phase", "kind", "sql", "locks", "rewrites", "scans", "forecastSeconds"));
      assertEquals(7, names.size(), json::toString);
      assertEquals(step.kind(), json.get("kind").asText());
    }
  }

  @Test
  void anEarlierReleasesStepHasNoLocks() throws Exception {
    String json = "{\"kind\":\"fill\",\"phase\":\"backfill\",\"move\":1,\"sql\":[]}";
    assertEquals(new Step.Fill(Phase.BACKFILL, 1, List.of()), JSON.readValue(json, Step.class));
  }
}
