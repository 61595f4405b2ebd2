package dev.kedge.ledger;

import dev.kedge.projection.KeyRange;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A range as the ledger had it when it was read; what the fence compares.
 *
 * @param range its number
 * @param lo the key before its first; null for before every key
 * @param hi its last key; null for after every key
 * @param cursor the last key that is filled; equal to lo when nothing is
 * @param turn counts the transactions that wrote under this range
 * @param pass how often its keys are being walked
 * @param state {@code open}, {@code filled} or {@code tail}
 * @param epoch under which it may be written
 * @param applied the snapshot up to which captured keys were applied; null before the first claim
 */
public record Claim(
    int range,
    @Nullable List<String> lo,
    @Nullable List<String> hi,
    @Nullable List<String> cursor,
    long turn,
    int pass,
    String state,
    long epoch,
    @Nullable String applied) {

  /** What is left to fill. */
  public KeyRange rest() {
    return new KeyRange(cursor, hi);
  }

  /**
   * What is filled; nothing before the first chunk. A finished range's cursor is its end, even when
   * that is after every key.
   */
  public Optional<KeyRange> done() {
    if (!state.equals("open")) {
      return Optional.of(new KeyRange(lo, hi));
    }
    return cursor == null ? Optional.empty() : Optional.of(new KeyRange(lo, cursor));
  }

  /** The same range after a chunk that ended at {@code boundary}; null for at its end. */
  public Claim after(@Nullable List<String> boundary, int passes) {
    boolean walked = boundary == null;
    boolean again = walked && pass < passes;
    return new Claim(
        range,
        lo,
        hi,
        again ? lo : walked ? hi : boundary,
        turn + 1,
        again ? pass + 1 : pass,
        walked && !again ? "filled" : "open",
        epoch,
        applied);
  }

  /** The same range with only its turn gone on. */
  public Claim nextTurn() {
    return new Claim(range, lo, hi, cursor, turn + 1, pass, state, epoch, applied);
  }

  /**
   * Whether {@code now}, the same range read again, differs only in that its upper part was cut off
   * for somebody else.
   */
  public boolean wasCut(Claim now) {
    return now.isOpen()
        && now.epoch == epoch
        && now.pass == pass
        && Objects.equals(now.cursor, cursor)
        && !Objects.equals(now.hi, hi);
  }

  /** Whether somebody has filled it. */
  public boolean isOpen() {
    return state.equals("open");
  }
}
