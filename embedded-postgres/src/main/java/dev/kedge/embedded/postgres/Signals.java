package dev.kedge.embedded.postgres;

import java.util.List;

/** Sends a signal by name; Java itself knows only SIGTERM and SIGKILL. */
final class Signals {

  private Signals() {}

  /** Best effort: a process that is gone already is what the caller wants anyway. */
  static void send(String signal, long pid) {
    Command.run(List.of("sh", "-c", "kill -s \"$1\" \"$2\"", "sh", signal, Long.toString(pid)));
  }
}
