package dev.kedge.starter;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.stream.Stream;
import picocli.CommandLine;

/** A command line as it was typed, and what came of it. */
record Typed(int exit, String out, String err) {
  static Typed of(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line =
        KedgeCommand.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exit = line.execute(args);
    return new Typed(exit, out.toString(), err.toString());
  }

  static Typed at(String address, String... args) {
    return of(
        Stream.concat(Arrays.stream(args), Stream.of("--address", address)).toArray(String[]::new));
  }
}
