package dev.kedge.inplace;

import java.util.Locale;

/** Which of a move's two triggers; exactly one is enabled while the move is followed. */
enum Half {
  /** Forward alone: every write sets the new columns. On until {@code writes}. */
  FILL,
  /** Forward and reverse: what the application did not write follows. On from {@code writes}. */
  BOTH;

  /** The function's name in schema {@code kedge}. */
  String function(long migration, int move) {
    return name().toLowerCase(Locale.ROOT) + "_" + migration + "_" + move;
  }

  /** The trigger's name: BEFORE triggers fire by name, and ours must see what all others did. */
  String trigger(long migration, int move) {
    return "zzzz_kedge_" + function(migration, move);
  }
}
