package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.spec.Spec;
import dev.kedge.spec.SpecException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Checks a spec without any server. */
@Command(
    name = "validate",
    description = "Checks a spec offline: syntax, form, meaning.",
    footer = {"Example:", "  kedge validate users-handle.yaml"})
final class ValidateCommand extends SpecVerb {
  @Parameters(paramLabel = "SPEC", description = "the spec, a YAML file")
  private String spec = "";

  @Override
  ExitCode run() {
    return withSpec(InputFile.read(spec), this::valid);
  }

  private ExitCode valid(Spec read) {
    if (common().json()) {
      out()
          .println(
              Json.pretty(
                  Map.of("valid", true, "migration", read.migration(), "problems", List.of())));
    } else {
      out()
          .println(
              "%s: valid; %d expand, %d moves, %d contract on database \"%s\""
                  .formatted(
                      read.migration(),
                      read.expand().size(),
                      read.moves().size(),
                      read.contract().size(),
                      read.database()));
    }
    return ExitCode.OK;
  }

  @Override
  void wrong(SpecException error) {
    if (common().json()) {
      out().println(Json.pretty(Map.of("valid", false, "problems", error.problems())));
    } else {
      super.wrong(error);
    }
  }
}
