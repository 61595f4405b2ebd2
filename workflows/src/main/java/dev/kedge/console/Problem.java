package dev.kedge.console;

import org.jspecify.annotations.Nullable;

/**
 * What ends a command, told like a compiler's error: a stable code, one clear line, and the remedy.
 * Never holds a secret or a row's value.
 */
public final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final String HELP = "\nhelp: ";

  private final String code;
  private final ExitCode exit;
  private final @Nullable String help;

  /**
   * @param code stable, {@code KD} and four digits
   * @param message what, where and why; no full stop
   * @param help what to do about it; null when nothing helps
   */
  public Problem(String code, ExitCode exit, String message, @Nullable String help) {
    super(message, null, false, false);
    this.code = code;
    this.exit = exit;
    this.help = help;
  }

  /** Bad usage, spec or plan: nothing was changed. */
  public static Problem usage(String code, String message, @Nullable String help) {
    return new Problem(code, ExitCode.USAGE, message, help);
  }

  public static Problem failed(String code, String message, @Nullable String help) {
    return new Problem(code, ExitCode.FAILED, message, help);
  }

  /** Temporal or PostgreSQL cannot be reached. */
  public static Problem unreachable(String code, String message, @Nullable String help) {
    return new Problem(code, ExitCode.UNREACHABLE, message, help);
  }

  /** From a text that carries its own {@code help:} line, as failures of activities do. */
  public static Problem ofText(String code, ExitCode exit, String text) {
    int at = text.indexOf(HELP);
    return at < 0
        ? new Problem(code, exit, text, null)
        : new Problem(code, exit, text.substring(0, at), text.substring(at + HELP.length()));
  }

  public String code() {
    return code;
  }

  public ExitCode exit() {
    return exit;
  }

  public @Nullable String help() {
    return help;
  }

  /** The lines for stderr, without a closing line break. */
  public String render() {
    StringBuilder out = new StringBuilder("error[" + code + "]: " + getMessage());
    if (help != null) {
      out.append(HELP).append(help);
    }
    if (exit == ExitCode.USAGE) {
      out.append("\nnothing was changed (exit 2)");
    }
    return out.toString();
  }
}
