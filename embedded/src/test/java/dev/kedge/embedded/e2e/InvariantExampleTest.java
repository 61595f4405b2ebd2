package dev.kedge.embedded.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.InvariantActivities.InvariantResult;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Gate;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The example with invariants, as its README walks it, with the role that it makes for them. */
@Execution(ExecutionMode.CONCURRENT)
final class InvariantExampleTest {
  private static final Path EXAMPLE = Path.of("..", "examples", "ledger-totals");
  private static final String BOB = "bob@example.com";
  private static final String ORPHANS = "every payment has an account";
  private static final String TOTALS = "totals per currency";

  InvariantExampleTest() {}

  @Test
  void whatOffendsStopsTheWalkBeforeARowIsCopiedAndAgainAtTheGate() throws Exception {
    TestDatabase database = TestDatabase.create();
    database.run(read("schema.sql"));
    database.run(read("check-role.sql"));
    try (Deployment deployment = Deployment.startOne(database, "ledger_check")) {
      Plan plan = deployment.plan(read("ledger-totals.yaml"));
      assertEquals(3, plan.spec().invariants().size());
      Migration migration = deployment.start(plan);

      MigrationStatus stopped = migration.awaitState(State.PAUSED);
      assertEquals(Phase.BACKFILL, stopped.phase());
      assertTrue(
          String.valueOf(stopped.reason())
              .contains("invariant " + ORPHANS + " is violated: 1 row (key 30001)"),
          stopped::toString);
      assertEquals(0, database.number("SELECT count(*) FROM ledger"));

      database.run(mend());
      migration.signal("resume");
      MigrationStatus reads = migration.pass(Gate.READS, BOB);
      assertEquals(
          List.of(ORPHANS + " holds", TOTALS + " holds", "counts per status holds"),
          reads.invariants().stream().map(InvariantExampleTest::words).toList());
      assertTrue(reads.invariants().stream().allMatch(InvariantResult::required));

      migration.awaitGate(Gate.WRITES);
      // What no application could: the guard takes this session for one of the migration's own.
      database.run("SET kedge.applier = 'ledger-totals'; UPDATE ledger SET cents = 0 WHERE id = 7");
      migration.approve(Gate.WRITES, BOB);
      MigrationStatus wrong = migration.awaitState(State.PAUSED);
      assertTrue(
          String.valueOf(wrong.reason()).contains("invariant " + TOTALS + " is violated"),
          wrong::toString);
      assertEquals(List.of("old"), database.texts("SELECT writing FROM kedge.move"));
      assertEquals(
          List.of("holds"),
          database.texts("SELECT state FROM kedge.invariant WHERE name = '" + ORPHANS + "'"));
    }
  }

  private static String words(InvariantResult result) {
    return result.name() + " " + result.state().label();
  }

  private static String mend() throws IOException {
    String readme = read("README.md");
    int mend = readme.indexOf("UPDATE payments");
    return readme.substring(mend, readme.indexOf("```", mend));
  }

  private static String read(String file) throws IOException {
    return Files.readString(EXAMPLE.resolve(file));
  }
}
