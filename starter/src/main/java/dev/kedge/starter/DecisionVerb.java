package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.workflow.MigrationStatus;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Approves or rejects: names the plan and the evidence that the sender has been shown. */
abstract class DecisionVerb extends SignalVerb {
  @Parameters(
      index = "1",
      paramLabel = "GATE",
      description = "the gate that waits: expand, reads, writes or contract")
  private String gate = "";

  @Option(names = "--comment", paramLabel = "TEXT", description = "kept with the decision")
  private @Nullable String comment;

  @Override
  void check() {
    Words.gate(gate);
  }

  final ExitCode decide(RemoteMigration migration, String signal) {
    MigrationStatus status = migration.status();
    var open = status.waitingFor();
    boolean waits = open != null && open.gate().label().equals(gate);
    Letter letter =
        Letter.from(sender())
            .with("gate", gate)
            .with("planHash", status.planHash())
            .with("evidence", open != null && waits ? open.evidence() : null)
            .with("comment", comment);
    return tell(migration, signal, letter);
  }
}
