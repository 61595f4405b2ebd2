package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import dev.kedge.workflow.MigrationStatus;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;

/**
 * Shows a status until the migration ends: one block redrawn on a terminal, else a line each time.
 */
final class Watch {
  private static final Duration EVERY_REDRAW = Duration.ofMillis(500);
  private static final Duration EVERY_LINE = Duration.ofSeconds(2);
  private static final String UP = "\033[%dA\033[J";

  private final RemoteMigration migration;
  private final PrintWriter out;
  private final CommonOptions common;
  private final boolean terminal;
  private int drawn;
  private String last = "";

  Watch(RemoteMigration migration, PrintWriter out, CommonOptions common) {
    this.migration = migration;
    this.out = out;
    this.common = common;
    this.terminal = Terminal.present() && !common.json();
  }

  MigrationStatus untilEnded() {
    MigrationStatus status = migration.status();
    while (true) {
      draw(status);
      if (status.state().ended()) {
        return status;
      }
      rest();
      status = again(status);
    }
  }

  // A worker that is away for a moment does not end the watching; a server that is gone does.
  private MigrationStatus again(MigrationStatus before) {
    try {
      return migration.status();
    } catch (Problem problem) {
      if (!problem.code().equals("KD5006")) {
        throw problem;
      }
      return before;
    }
  }

  private void draw(MigrationStatus status) {
    if (common.json()) {
      out.println(Json.pretty(status));
    } else if (terminal) {
      redraw(StatusText.block(status));
    } else if (!StatusText.line(status).equals(last)) {
      last = StatusText.line(status);
      out.println(last);
    }
    out.flush();
  }

  private void redraw(List<String> lines) {
    if (drawn > 0) {
      out.print(UP.formatted(drawn));
    }
    lines.forEach(out::println);
    drawn = lines.size();
  }

  private void rest() {
    try {
      Thread.sleep((terminal ? EVERY_REDRAW : EVERY_LINE).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem("KD1400", ExitCode.INTERRUPTED, "interrupted", null);
    }
  }
}
