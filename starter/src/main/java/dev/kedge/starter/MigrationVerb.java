package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import picocli.CommandLine.Parameters;

/** A command about one migration. */
abstract class MigrationVerb extends Verb {
  @Parameters(paramLabel = "NAME", description = "the migration's name, as its spec has it")
  private String name = "";

  final String name() {
    return name;
  }

  @Override
  final ExitCode run() {
    check();
    try (Session session = open()) {
      return about(session.migration(name), session);
    }
  }

  /** Refuses bad usage before anything is connected. */
  void check() {}

  abstract ExitCode about(RemoteMigration migration, Session session);
}
