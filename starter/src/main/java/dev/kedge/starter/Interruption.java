package dev.kedge.starter;

import java.util.function.Supplier;

/**
 * Says, when somebody presses Ctrl-C, that only the looking ends. The exit code is 130 by itself.
 */
final class Interruption {
  private Interruption() {}

  /** Runs {@code looking}; what is said if it is interrupted. */
  static <T> T told(String migration, Supplier<T> looking) {
    Thread hook = new Thread(() -> goesOn(migration), "kedge-interrupted");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return looking.get();
    } finally {
      remove(hook);
    }
  }

  private static void goesOn(String migration) {
    System.err.println("\nthe migration goes on; look again with `kedge status " + migration + "`");
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending: the hook has run.
    }
  }
}
