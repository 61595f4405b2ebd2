package dev.kedge.bench.stress;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** Tells what happens, a line each, with the seconds since the start. */
final class Narrator {
  private final PrintWriter out;
  private final long start = System.nanoTime();

  Narrator(PrintWriter out) {
    this.out = out;
  }

  synchronized void say(String text) {
    out.printf(Locale.ROOT, "%7.1f s  %s%n", elapsed().toMillis() / 1000.0, text);
    out.flush();
  }

  Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
