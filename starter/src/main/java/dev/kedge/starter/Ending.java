package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.State;

/** How a command that waited ends: the status to stdout, and what stopped it to stderr. */
final class Ending {
  private Ending() {}

  static ExitCode of(Verb verb, MigrationStatus status, WaitGoal goal) {
    show(verb, status);
    return goal.judge(status) == WaitGoal.Judgement.REACHED ? ExitCode.OK : stopped(verb, status);
  }

  /** Prints a status in the form that was asked for. */
  static void show(Verb verb, MigrationStatus status) {
    if (verb.common().json()) {
      verb.out().println(Json.pretty(status));
    } else {
      StatusText.block(status).forEach(verb.out()::println);
    }
    verb.out().flush();
  }

  /** 0 for a migration that is completed; otherwise 7, and why. */
  static ExitCode stopped(Verb verb, MigrationStatus status) {
    if (status.state() == State.COMPLETED) {
      return ExitCode.OK;
    }
    String reason = status.reason() == null ? "" : ": " + status.reason();
    Problem stopped =
        new Problem(
            "KD7001",
            ExitCode.STOPPED,
            status.migration() + " has stopped (" + StatusText.where(status) + ")" + reason,
            status.help() != null ? status.help() : StatusText.next(status).orElse(null));
    verb.say(stopped.render());
    return ExitCode.STOPPED;
  }
}
