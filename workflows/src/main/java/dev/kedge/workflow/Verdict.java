package dev.kedge.workflow;

/**
 * What became of a signal.
 *
 * @param signal its name as sent
 * @param accepted whether it did what it asked
 * @param message a sentence for the sender
 * @param at ISO-8601
 */
public record Verdict(String signal, boolean accepted, String message, String at) {}
