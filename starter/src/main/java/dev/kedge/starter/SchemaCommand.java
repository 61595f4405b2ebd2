package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.spec.SpecSchema;
import picocli.CommandLine.Command;

/** Prints the JSON Schema of specs, for editors. */
@Command(
    name = "schema",
    description = "Prints the JSON Schema of specs; editors complete and check with it.",
    footer = {
      "Example:",
      "  kedge schema > kedge.schema.json",
      "and as first line of a spec:",
      "  # yaml-language-server: $$schema=kedge.schema.json"
    })
final class SchemaCommand extends Verb {
  @Override
  ExitCode run() {
    out().println(SpecSchema.text().stripTrailing());
    return ExitCode.OK;
  }
}
