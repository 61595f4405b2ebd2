package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import dev.kedge.plan.Plan;
import dev.kedge.plan.PlanText;
import dev.kedge.spec.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what would be done, and keeps it if asked. */
@Command(
    name = "plan",
    description = {
      "Shows every step with its SQL and locks, or why it cannot be done.",
      "Asks a worker; changes nothing in any database."
    },
    footer = {
      "Examples:",
      "  kedge plan users-handle.yaml",
      "  kedge plan users-handle.yaml --out plan.json && kedge start plan.json"
    })
final class PlanCommand extends SpecVerb {
  @Parameters(paramLabel = "SPEC", description = "the spec, a YAML file")
  private String spec = "";

  @Option(names = "--out", paramLabel = "FILE", description = "saves the plan, for start")
  private @Nullable Path file;

  @Option(
      names = "--timeout",
      paramLabel = "D",
      description = "how long to wait for the worker (${DEFAULT-VALUE})")
  private String timeout = "2m";

  @Override
  ExitCode run() {
    Duration limit = Words.duration("--timeout", timeout);
    return withSpec(InputFile.read(spec), read -> plan(read, limit));
  }

  private ExitCode plan(Spec read, Duration limit) {
    try (Session session = open()) {
      Plan plan = new Planning(session, limit).make(read);
      show(plan);
      if (!plan.refusals().isEmpty()) {
        return ExitCode.USAGE;
      }
      save(plan);
      return ExitCode.OK;
    }
  }

  private void show(Plan plan) {
    if (common().json()) {
      out().println(Json.pretty(plan));
    } else if (plan.refusals().isEmpty()) {
      out().print(PlanText.render(plan));
    } else {
      say(PlanText.render(plan) + "(exit 2)");
    }
    out().flush();
  }

  private void save(Plan plan) {
    if (file == null) {
      return;
    }
    try {
      Files.writeString(file, Json.pretty(plan) + "\n");
      say("saved as " + file + "; start it with `kedge start " + file + "`");
    } catch (IOException e) {
      throw Problem.usage("KD1204", "cannot write " + file, "the plan was made, but not saved");
    }
  }
}
