package dev.kedge.embedded.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.TaskQueues;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Spec;
import dev.kedge.spec.SpecException;
import dev.kedge.spec.SpecReader;
import dev.kedge.workflow.MigrationInput;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.MigrationWorkflow;
import dev.kedge.workflow.PlanWorkflow;
import dev.kedge.workflow.State;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The walk of the demo, one method a step. */
final class Demo {
  private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final String STARTER = "engineer@example.com";
  private static final List<String> APPROVERS = List.of("ana@example.com", "ben@example.com");

  private final Laptop laptop;
  private final int rows;
  private final Narrator narrator;
  private final Map<Gate, Integer> approved = new EnumMap<>(Gate.class);
  private @Nullable Phase told;

  Demo(Laptop laptop, int rows, Narrator narrator) {
    this.laptop = laptop;
    this.rows = rows;
    this.narrator = narrator;
  }

  /** Runs it to the end; true when everything was proven. */
  boolean run() throws SQLException, InterruptedException, SpecException {
    fill();
    try (Shop shop = Shop.open(laptop.jdbcUrl(), rows)) {
      narrator.say("shop", "three clerks read and write, each at its own isolation level");
      MigrationWorkflow migration = start(plan());
      MigrationStatus end = walk(migration);
      shop.closed();
      return prove(shop, end);
    }
  }

  private void fill() throws SQLException {
    laptop.run(resource("schema.sql"));
    laptop.run(
        """
        INSERT INTO customers SELECT id, 'User-' || id FROM generate_series(1, %1$d) AS id;
        INSERT INTO payments SELECT id, id, (id %% 10000) / 100.0, 'note ' || id
        FROM generate_series(1, %1$d) AS id;
        ANALYZE customers, payments"""
            .formatted(rows));
    narrator.say("shop", "%,d customers and as many payments".formatted(rows));
  }

  private Plan plan() throws SpecException {
    Spec spec = SpecReader.read("demo.yaml", resource("demo.yaml"));
    Plan plan =
        laptop.client().newWorkflowStub(PlanWorkflow.class, options("plan.demo")).makePlan(spec);
    if (!plan.refusals().isEmpty()) {
      throw new IllegalStateException("the demo's plan is refused: " + plan.refusals());
    }
    narrator.say("plan", "%d steps, %s".formatted(plan.steps().size(), brief(plan.planHash())));
    return plan;
  }

  private MigrationWorkflow start(Plan plan) {
    MigrationWorkflow migration =
        laptop
            .client()
            .newWorkflowStub(
                MigrationWorkflow.class, options(MigrationWorkflow.idOf(plan.spec().migration())));
    WorkflowClient.start(migration::migrate, new MigrationInput(plan, STARTER, false));
    return migration;
  }

  /** Tells what happens and approves what waits, until nothing follows any more. */
  private MigrationStatus walk(MigrationWorkflow migration) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      MigrationStatus status = migration.status();
      tell(status);
      if (status.state().ended() || status.state() == State.PARKED) {
        return status;
      }
      if (status.state() == State.WAITING) {
        approve(migration, status);
      }
      Thread.sleep(LOOK_AGAIN.toMillis());
    }
    return migration.status();
  }

  private void tell(MigrationStatus status) {
    if (status.phase() != told) {
      told = status.phase();
      narrator.say(status.phase().label(), meaning(status));
    }
  }

  private static String meaning(MigrationStatus status) {
    return switch (status.phase()) {
      case PLAN -> "registered, every table owned by this migration";
      case EXPAND -> "the new column and table are made";
      case CAPTURE -> "triggers capture what the shop writes; the new table refuses its writes";
      case BACKFILL -> "ranges are filled in two lanes, captured keys applied behind them";
      case RECONCILE -> "both sides are compared by value, key by key";
      case READS -> "the shop may read the new side";
      case WRITES -> "lock, drain, swap: the new side is written, the old one follows";
      case STABILITY -> "the old side is kept warm";
      case CONTRACT -> "the old side goes, archived";
      case DONE -> "the walk is over";
    };
  }

  private void approve(MigrationWorkflow migration, MigrationStatus status) {
    MigrationStatus.WaitingFor gate = status.waitingFor();
    if (gate == null || gate.evidence() == null) {
      return;
    }
    int sent = approved.getOrDefault(gate.gate(), 0);
    if (sent > gate.have() || sent == APPROVERS.size()) {
      return;
    }
    String person = APPROVERS.get(sent);
    approved.put(gate.gate(), sent + 1);
    narrator.say(
        "gate",
        "%s: %s approves evidence %s"
            .formatted(gate.gate().label(), person, brief(gate.evidence())));
    migration.approve(approval(status, gate, person));
  }

  private static JsonNode approval(
      MigrationStatus status, MigrationStatus.WaitingFor gate, String person) {
    ObjectNode message = Payloads.mapper().createObjectNode();
    message.put("gate", gate.gate().label());
    message.put("by", person);
    message.put("planHash", status.planHash());
    message.put("evidence", gate.evidence());
    message.put("requestId", gate.gate().label() + "-" + person);
    return message;
  }

  /** Says what was proven, by Kedge and by the shop's own journal. */
  private boolean prove(Shop shop, MigrationStatus end) throws SQLException {
    narrator.blank();
    boolean completed = end.state() == State.COMPLETED;
    narrator.result("outcome", end.state().label() + reason(end));
    if (!completed) {
      return false;
    }
    for (MoveProgress move : end.moves()) {
      narrator.result(
          "rows filled, " + move.to(),
          move.rowsDone() == null ? "?" : "%,d".formatted(move.rowsDone()));
    }
    MigrationStatus.Reconciliation compared = end.reconciliation();
    narrator.result("rows compared by value", compared.comparedRows());
    narrator.result("differences", compared.differences());
    Optional<String> audit = shop.audit();
    narrator.result("the shop's own journal", audit.orElse("every acknowledged write is there"));
    narrator.result("transactions of the shop meanwhile", "%,d".formatted(shop.transactions()));
    narrator.result(
        "errors the shop saw", shop.errors().isEmpty() ? "0" : shop.errors().toString());
    narrator.result("conflicts of its own (40001)", shop.conflicts());
    narrator.result("told to go on with the new side", shop.switches() + " times");
    narrator.result("longest transaction of the shop", shop.longest().toMillis() + " ms");
    Long differences = compared.differences();
    return audit.isEmpty() && shop.errors().isEmpty() && differences != null && differences == 0;
  }

  private static String reason(MigrationStatus end) {
    return end.reason() == null ? "" : ": " + end.reason();
  }

  private static WorkflowOptions options(String id) {
    return WorkflowOptions.newBuilder().setTaskQueue(TaskQueues.WORKFLOW).setWorkflowId(id).build();
  }

  private static String brief(String hash) {
    return hash.length() > 19 ? hash.substring(0, 19) + "…" : hash;
  }

  private static String resource(String name) {
    try (InputStream in = Demo.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
