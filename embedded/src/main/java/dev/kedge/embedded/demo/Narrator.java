package dev.kedge.embedded.demo;

import java.io.PrintWriter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Tells what happens, a line each, with the seconds since the start. */
final class Narrator {
  private final PrintWriter out;
  private final long start = System.nanoTime();

  Narrator(PrintWriter out) {
    this.out = out;
  }

  /** A line under a heading such as a phase. */
  void say(String what, String text) {
    double seconds = Duration.ofNanos(System.nanoTime() - start).toMillis() / 1000.0;
    out.printf("%6.1f s  %-10s %s%n", seconds, what, text);
    out.flush();
  }

  /** A line of a result. */
  void result(String name, @Nullable Object value) {
    out.printf("  %-36s %s%n", name, value);
    out.flush();
  }

  void blank() {
    out.println();
    out.flush();
  }
}
