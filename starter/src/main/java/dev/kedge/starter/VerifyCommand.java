package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import dev.kedge.workflow.MigrationStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Compares both sides of a running migration now. */
@Command(
    name = "verify",
    description = {
      "Compares both sides by value now, row by row, while the application goes on.",
      "Exit 3 on differences; they are listed by key, never by value."
    },
    footer = {"Example:", "  kedge verify users-handle -o json"})
final class VerifyCommand extends MigrationVerb {
  @Option(
      names = "--sample",
      paramLabel = "P%%",
      description = "not built yet: every row is compared")
  private @Nullable String sample;

  @Option(
      names = "--timeout",
      paramLabel = "D",
      description = "how long to wait for the result (${DEFAULT-VALUE})")
  private String timeout = "24h";

  @Override
  void check() {
    Words.duration("--timeout", timeout);
    if (sample != null) {
      throw Problem.usage(
          "KD1009", "--sample is not built yet", "leave it out: every row is compared");
    }
    if (name().endsWith(".yaml")
        || name().endsWith(".yml")
        || Files.isRegularFile(Path.of(name()))) {
      throw Problem.usage(
          "KD1009",
          "verify of a spec without a migration is not built yet",
          "name a migration that runs: kedge verify NAME");
    }
  }

  @Override
  ExitCode about(RemoteMigration migration, Session session) {
    MigrationStatus status = migration.status();
    if (status.state().ended()) {
      throw Problem.failed(
          "KD3008",
          name() + " is over (" + StatusText.where(status) + "); there is nothing left to compare",
          null);
    }
    Reconciliation result =
        new Comparing(session, Words.duration("--timeout", timeout)).now(status, migration.plan());
    if (common().json()) {
      out().println(Json.pretty(result));
    } else {
      result.lines().forEach(out()::println);
    }
    return result.proven() ? ExitCode.OK : differ(result);
  }

  private ExitCode differ(Reconciliation result) {
    say(
        new Problem(
                "KD3100",
                ExitCode.DIFFERENCES,
                result.differences()
                    + " differences, "
                    + result.notComparable()
                    + " not comparable",
                "kedge retry " + name() + " repairs what it can when the migration is parked")
            .render());
    return ExitCode.DIFFERENCES;
  }
}
