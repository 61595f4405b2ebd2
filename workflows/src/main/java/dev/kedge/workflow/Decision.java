package dev.kedge.workflow;

import org.jspecify.annotations.Nullable;

/**
 * What somebody decided at a gate.
 *
 * @param gate the gate's label as sent, known or not
 * @param by who, as claimed
 * @param approve approval or rejection
 * @param accepted whether it counted
 * @param verdict what became of it, a sentence
 * @param evidence the sealed hash it was counted against; null when none was
 * @param at ISO-8601
 * @param voidBecause why it does not count any more, though it did: its evidence holds no more;
 *     null while it counts
 */
public record Decision(
    @Nullable String gate,
    @Nullable String by,
    boolean approve,
    boolean accepted,
    String verdict,
    @Nullable String evidence,
    @Nullable String comment,
    String at,
    @Nullable String voidBecause) {
  /** The same, void. */
  Decision voided(String why) {
    return new Decision(gate, by, approve, accepted, verdict, evidence, comment, at, why);
  }
}
