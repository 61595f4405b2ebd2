package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.plan.Plan;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.MigrationWorkflow;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Starts a migration from a spec or from a saved plan. */
@Command(
    name = "start",
    description = {
      "Starts the migration of a spec, or exactly a saved plan.",
      "A plan that does not fit the database any more is refused as stale. An unfinished migration",
      "whose workflow was lost is taken up again from the ledger in its database."
    },
    footer = {
      "Examples:",
      "  kedge start users-handle.yaml --as dana@example.com",
      "  kedge start plan.json --wait --for gate:reads --timeout 30m"
    })
final class StartCommand extends SpecVerb {
  private static final Duration PLANNING = Duration.ofMinutes(2);

  @Parameters(paramLabel = "SPEC|PLAN", description = "a spec, or a plan that was saved with --out")
  private String input = "";

  @Option(
      names = "--as",
      paramLabel = "WHO",
      description =
          "who you are: a claim, unless the server knows better (default: your user name)")
  private @Nullable String who;

  @Option(names = "--wait", description = "waits for what --for says, completed unless given")
  private boolean wait;

  @Option(names = "--for", paramLabel = "WHAT", description = "as in `kedge wait`; implies --wait")
  private @Nullable String goal;

  @Option(
      names = "--timeout",
      paramLabel = "D",
      description = "how long to wait; for ever unless given")
  private @Nullable String timeout;

  @Override
  ExitCode run() {
    goal();
    limit();
    InputFile file = InputFile.read(input);
    Optional<Plan> saved = file.plan();
    return saved.isPresent()
        ? startSaved(saved.get())
        : withSpec(file, spec -> inSession(spec.migration(), session -> planned(session, spec)));
  }

  private Plan planned(Session session, dev.kedge.spec.Spec spec) {
    Plan plan = new Planning(session, PLANNING).make(spec);
    Planning.requirePossible(plan);
    return plan;
  }

  private ExitCode startSaved(Plan plan) {
    return inSession(
        plan.spec().migration(),
        session -> {
          new Planning(session, PLANNING).requireCurrent(plan);
          return plan;
        });
  }

  /** Where the plan comes from. */
  private interface Source {
    Plan plan(Session session);
  }

  private ExitCode inSession(String name, Source source) {
    try (Session session = open()) {
      Starting.requireNotRunning(session.migration(name));
      Plan plan = source.plan(session);
      new Starting(session).start(plan, who == null ? Person.here() : who);
      announce(plan);
      return wait || goal != null ? await(session, name) : ExitCode.OK;
    }
  }

  private void announce(Plan plan) {
    String name = plan.spec().migration();
    if (common().json() && !wait && goal == null) {
      Map<String, String> started = new LinkedHashMap<>();
      started.put("migration", name);
      started.put("workflowId", MigrationWorkflow.idOf(name));
      started.put("planHash", plan.planHash());
      out().println(Json.pretty(started));
    } else if (!common().json()) {
      out().println("started " + MigrationWorkflow.idOf(name) + ", plan " + plan.planHash());
    }
    out().flush();
    say("next: kedge status " + name + " --watch, or kedge wait " + name + " --for any");
  }

  private ExitCode await(Session session, String name) {
    WaitGoal what = goal();
    MigrationStatus status =
        Interruption.told(name, () -> new Waiter(session.migration(name), limit()).until(what));
    return Ending.of(this, status, what);
  }

  private WaitGoal goal() {
    return WaitGoal.parse(goal == null ? "completed" : goal);
  }

  private @Nullable Duration limit() {
    return timeout == null ? null : Words.duration("--timeout", timeout);
  }
}
