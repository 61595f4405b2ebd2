package dev.kedge.workflow;

import org.jspecify.annotations.Nullable;

/**
 * What became of a signal.
 *
 * @param signal its name as sent
 * @param accepted whether it did what it asked
 * @param message a sentence for the sender
 * @param at ISO-8601
 * @param code why it was refused, for programs: {@code KD40…} when the sender may not; null when
 *     accepted or not told
 */
public record Verdict(
    String signal, boolean accepted, String message, String at, @Nullable String code) {
  /** The sender may not decide this: not in {@code from}, or it is their own migration. */
  public static final String NOT_AUTHORISED = "KD4001";

  /** A verdict without a code. */
  public Verdict(String signal, boolean accepted, String message, String at) {
    this(signal, accepted, message, at, null);
  }
}
