package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import dev.kedge.spec.Spec;
import dev.kedge.workflow.MigrationStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compares both sides now: of a running migration, or of a spec's two tables as they are. */
@Command(
    name = "verify",
    description = {
      "Compares both sides by value now, row by row, while the application goes on.",
      "Of a spec that no migration runs, the two tables in its database are compared as they are,",
      "in read-only snapshots; a difference counts when it stays for several looks.",
      "Exit 3 on differences; they are listed by key, never by value."
    },
    footer = {
      "Examples:",
      "  kedge verify users-handle -o json",
      "  kedge verify users-handle.yaml --sample 5%%"
    })
final class VerifyCommand extends SpecVerb {
  private static final Pattern PERCENT = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,4})?)%?");
  private static final double ALL = 100;

  @Parameters(
      paramLabel = "NAME|SPEC",
      description = "a running migration, or a spec whose tables are there")
  private String target = "";

  @Option(
      names = "--sample",
      paramLabel = "P%",
      description = "of a spec: only so much of the rows, spread evenly over the keys")
  private @Nullable String sample;

  @Option(
      names = "--timeout",
      paramLabel = "D",
      description = "how long to wait for the result (${DEFAULT-VALUE})")
  private String timeout = "24h";

  @Override
  ExitCode run() {
    Duration limit = Words.duration("--timeout", timeout);
    double percent = percent();
    if (isSpec()) {
      return withSpec(InputFile.read(target), spec -> inSession(spec, percent, limit));
    }
    requireWhole(percent);
    try (Session session = open()) {
      return ofMigration(target, session, limit);
    }
  }

  private boolean isSpec() {
    return target.endsWith(".yaml")
        || target.endsWith(".yml")
        || Files.isRegularFile(Path.of(target));
  }

  private double percent() {
    if (sample == null) {
      return ALL;
    }
    Matcher number = PERCENT.matcher(sample.strip());
    double percent = number.matches() ? Double.parseDouble(number.group(1)) : 0;
    if (percent <= 0 || percent > ALL) {
      throw Problem.usage(
          "KD1203", "--sample is more than 0% and at most 100%, got " + sample, "such as 5%");
    }
    return percent;
  }

  private static void requireWhole(double percent) {
    if (percent < ALL) {
      throw Problem.usage(
          "KD1009",
          "--sample is for a spec that no migration runs: what a migration finds is its evidence",
          "leave it out: every row is compared");
    }
  }

  private ExitCode inSession(Spec spec, double percent, Duration limit) {
    try (Session session = open()) {
      if (session.migration(spec.migration()).running()) {
        requireWhole(percent);
        say("migration " + spec.migration() + " runs: what it copies and follows is compared");
        return ofMigration(spec.migration(), session, limit);
      }
      return ofSpec(spec, percent, session, limit);
    }
  }

  private ExitCode ofSpec(Spec spec, double percent, Session session, Duration limit) {
    Reconciliation result = new SpecComparing(session, limit).now(spec, percent);
    show(result);
    if (percent < ALL) {
      say("a sample: of the rows that were not looked at nothing is proven");
    }
    if (result.explained() > 0) {
      say(
          result.explained()
              + " keys differed once and were equal a moment later: writes that were going on");
    }
    return result.proven()
        ? ExitCode.OK
        : differ(
            result,
            "nothing captures what is written here: a key counts that stayed different in every"
                + " look; where the target is not kept up to date that is every later write");
  }

  private ExitCode ofMigration(String name, Session session, Duration limit) {
    RemoteMigration migration = session.migration(name);
    MigrationStatus status = migration.status();
    if (status.state().ended()) {
      throw Problem.failed(
          "KD3008",
          name + " is over (" + StatusText.where(status) + "); there is nothing left to compare",
          "the tables of its spec are compared as they are by kedge verify SPEC");
    }
    Reconciliation result = new Comparing(session, limit).now(status, migration.plan());
    show(result);
    return result.proven()
        ? ExitCode.OK
        : differ(
            result, "kedge retry " + name + " repairs what it can when the migration is parked");
  }

  private void show(Reconciliation result) {
    if (common().json()) {
      out().println(Json.pretty(result));
    } else {
      result.lines().forEach(out()::println);
    }
    out().flush();
  }

  private ExitCode differ(Reconciliation result, String help) {
    say(
        new Problem(
                "KD3100",
                ExitCode.DIFFERENCES,
                result.differences()
                    + " differences, "
                    + result.notComparable()
                    + " not comparable",
                help)
            .render());
    return ExitCode.DIFFERENCES;
  }
}
