package dev.kedge.bench.stress;

import dev.kedge.activity.MoveProgress;
import dev.kedge.spec.Gate;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.MigrationStatus.WaitingFor;
import dev.kedge.workflow.MigrationWorkflow;
import dev.kedge.workflow.State;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowNotFoundException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A migration as a person follows it; who sees no progress for too long gives up. */
final class Migration {
  static final String ENGINEER = "engineer@example.com";
  static final String ANA = "ana@example.com";
  static final String BEN = "ben@example.com";

  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);
  private static final Duration STUCK = Duration.ofMinutes(3);
  private static final int MOST_PARKS = 5;
  private static final int FEW_TURNS = 20;

  private final String name;
  private final Cli cli;
  private final MigrationWorkflow workflow;
  private final Control control;
  private final Run run;
  private volatile @Nullable MigrationStatus last;
  private List<Object> progress = List.of();
  private long progressAt = System.nanoTime();
  private final Map<Gate, Approval> approved = new EnumMap<>(Gate.class);
  private int parks;
  private long turns;
  private long found;

  Migration(String name, Cli cli, WorkflowClient client, Control control, Run run) {
    this.name = name;
    this.cli = cli;
    this.workflow = client.newWorkflowStub(MigrationWorkflow.class, MigrationWorkflow.idOf(name));
    this.control = control;
    this.run = run;
  }

  String name() {
    return name;
  }

  /** The last status that was seen; null before there was one. */
  @Nullable MigrationStatus last() {
    return last;
  }

  /** Asks for the status; the last one when nobody answers, as after a kill. */
  private @Nullable MigrationStatus ask() {
    try {
      last = workflow.status();
      judge(last);
    } catch (WorkflowNotFoundException e) {
      throw e;
    } catch (WorkflowException e) {
      // No worker answers; the next look is soon.
      return last;
    }
    return last;
  }

  // Nobody but the application writes here: a real difference is the engine's, repaired or not.
  private void judge(MigrationStatus status) {
    Long differences = status.reconciliation().differences();
    if (differences != null && differences > found) {
      run.findings().add(name + " itself found " + differences + " differences");
      found = differences;
    }
  }

  /** Waits until it is so; fails when it cannot become so any more, or nothing happens. */
  MigrationStatus await(String what, Predicate<MigrationStatus> reached)
      throws InterruptedException {
    progressAt = System.nanoTime();
    while (true) {
      MigrationStatus status = ask();
      if (status != null && reached.test(status)) {
        return status;
      }
      watch(what, status);
      if (status != null) {
        approveAgain(status);
      }
      Thread.sleep(LOOK_AGAIN.toMillis());
    }
  }

  private void watch(String what, @Nullable MigrationStatus status) throws InterruptedException {
    if (status != null && status.state() == State.PARKED && parks < MOST_PARKS) {
      parks++;
      run.counters().add(Counter.PARKS);
      run.findings().add(name + " parked, and is tried again: " + status.reason());
      tell("retry", name, "--as", ENGINEER);
      return;
    }
    if (status != null && (status.state() == State.PARKED || status.state().ended())) {
      throw new Stuck(
          "wanted %s, but %s is %s: %s"
              .formatted(what, name, status.state().label(), status.reason()));
    }
    List<Object> now = status == null ? List.of() : signature(status);
    if (!now.equals(progress)) {
      progress = now;
      progressAt = System.nanoTime();
    } else if (System.nanoTime() - progressAt > STUCK.toNanos() && !fills()) {
      throw new Stuck("no progress for %d s towards %s".formatted(STUCK.toSeconds(), what));
    }
  }

  // Rows that the application's own writes have filled already are no rows done.
  private boolean fills() {
    long now = control.rangeTurns();
    boolean more = now - turns > FEW_TURNS;
    turns = now;
    if (more) {
      progressAt = System.nanoTime();
    }
    return more;
  }

  // Not the reason: a stuck one may say something new every second.
  private static List<Object> signature(MigrationStatus status) {
    return List.of(
        status.phase(),
        status.state(),
        String.valueOf(status.waitingFor()),
        String.valueOf(status.reconciliation().comparedRows()),
        status.moves().stream().map(MoveProgress::rowsDone).map(Objects::toString).toList());
  }

  MigrationStatus awaitGate(Gate gate) throws InterruptedException {
    return await(
        "gate " + gate.label(),
        status ->
            status.state() == State.WAITING
                && status.waitingFor() != null
                && status.waitingFor().gate() == gate
                && status.waitingFor().evidence() != null);
  }

  MigrationStatus awaitState(State state) throws InterruptedException {
    return await(state.label(), status -> status.state() == state);
  }

  /** Approves the open gate by the command line, again when nobody answered. */
  void approve(Gate gate, String... people) throws InterruptedException {
    MigrationStatus status = ask();
    approved.put(gate, new Approval(status == null ? null : evidence(status), List.of(people)));
    for (String person : people) {
      tell("approve", name, gate.label(), "--as", person);
    }
  }

  /** What was approved of a gate, and by whom. */
  private record Approval(@Nullable String evidence, List<String> people) {}

  /** A pause that comes between an approval and the gate's opening takes it back: once more. */
  void approveAgain() throws InterruptedException {
    MigrationStatus status = ask();
    if (status != null) {
      approveAgain(status);
    }
  }

  private void approveAgain(MigrationStatus status) throws InterruptedException {
    String evidence = evidence(status);
    if (evidence == null) {
      return;
    }
    Gate gate = Objects.requireNonNull(status.waitingFor()).gate();
    Approval before = approved.get(gate);
    if (before != null && !evidence.equals(before.evidence())) {
      run.narrator().say(name + " waits at " + gate.label() + " again: " + status.reason());
      approve(gate, before.people().toArray(String[]::new));
    }
  }

  private static @Nullable String evidence(MigrationStatus status) {
    WaitingFor gate = status.waitingFor();
    return status.state() == State.WAITING && gate != null ? gate.evidence() : null;
  }

  void rollback() throws InterruptedException {
    tell("rollback", name, "--yes", "--as", ENGINEER, "--reason", "the run wants it");
  }

  /** What must come through: repeated while no worker answers. */
  private void tell(String... words) throws InterruptedException {
    for (int i = 0; i < 12; i++) {
      Cli.Result result = cli.run(words);
      if (result.ok()) {
        return;
      }
      run.narrator().say(String.join(" ", words) + ": " + result.words());
      if (result.exit() != 5 && result.exit() != 6) {
        // Its verdict may be on a signal that came through before.
        return;
      }
      Thread.sleep(1_000);
    }
  }

  /** Something that a person may do at any time, and that may be refused. */
  Cli.Result attempt(String... words) {
    return cli.run(words);
  }

  /** It does not go on. */
  static final class Stuck extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Stuck(String message) {
      super(message);
    }
  }
}
