package dev.kedge.console;

/** What a program's exit code says; scripts stand on these numbers. */
public enum ExitCode {
  OK(0),
  FAILED(1),
  /** Bad usage, spec or plan; nothing was changed. */
  USAGE(2),
  DIFFERENCES(3),
  NOT_AUTHORISED(4),
  /** Temporal or PostgreSQL cannot be reached. */
  UNREACHABLE(5),
  /** The time is over, or it waits at a gate. */
  TIMED_OUT(6),
  /** The migration stopped: paused, parked, aborted, rolled back. */
  STOPPED(7),
  /** Interrupted by the user; the migration goes on. */
  INTERRUPTED(130);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }
}
