package dev.kedge.starter;

import java.io.Console;
import java.util.Objects;

/** The terminal, if somebody sits at one. */
final class Terminal {
  private Terminal() {}

  /** Whether both input and output are a terminal, so that somebody can be asked. */
  @SuppressWarnings("SystemConsoleNull") // Since JDK 22 a console is no proof: isTerminal is asked.
  static boolean present() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }

  /** The answer to a question; empty when the input is over. */
  static String ask(String question) {
    String answer = Objects.requireNonNull(System.console()).readLine("%s", question);
    return answer == null ? "" : answer.strip();
  }
}
