package dev.kedge.bench.stress;

import dev.kedge.starter.KedgeCommand;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/** The commands people type, run in this process. */
final class Cli {
  private final String address;

  Cli(String address) {
    this.address = address;
  }

  /** What a command came to. */
  record Result(int exit, String out, String err) {
    boolean ok() {
      return exit == 0;
    }

    /** All it said, in one line. */
    String words() {
      return (out + " " + err).strip().replaceAll("\\s*\\R\\s*", " | ");
    }
  }

  Result run(String... words) {
    List<String> args = new ArrayList<>(List.of(words));
    args.add("--address");
    args.add(address);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        KedgeCommand.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(args.toArray(String[]::new));
    return new Result(exit, out.toString(), err.toString());
  }
}
