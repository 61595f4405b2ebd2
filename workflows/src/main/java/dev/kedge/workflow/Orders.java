package dev.kedge.workflow;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What people asked for and the walk has not heeded yet. Signal methods write it, the walk reads it
 * between and during its steps.
 */
final class Orders {
  /** How a walk is turned back. */
  enum Turn {
    ROLLBACK("rolling back"),
    ABORT("aborting");

    private final String doing;

    Turn(String doing) {
      this.doing = doing;
    }

    String doing() {
      return doing;
    }
  }

  private @Nullable String pause;
  private boolean goOn;
  private Optional<String> retriedBy = Optional.empty();
  private @Nullable Turn turn;
  private String turnReason = "";
  private boolean turned;

  /** Asks for a pause; {@code reason} is shown while it lasts. */
  void pause(String reason) {
    pause = reason;
    goOn = false;
  }

  /** Takes an order to go on back that was not heeded yet. */
  void stay() {
    goOn = false;
  }

  /** Asks to go on: resume or retry, whichever fits. */
  void goOn() {
    goOn = true;
  }

  /** Asks to try again; whoever does may say their name. */
  void retry(Optional<String> by) {
    retriedBy = by;
    goOn();
  }

  /** Who asked to try again last, as claimed; empty when nobody did, or said no name. */
  Optional<String> retriedBy() {
    return retriedBy;
  }

  /** Asks to turn back; the first one stands. */
  void turn(Turn kind, String reason) {
    turn = kind;
    turnReason = reason;
  }

  @Nullable String pausing() {
    return pause;
  }

  boolean goingOn() {
    return goOn;
  }

  /** Whether the walk should let go of what it is doing. */
  boolean stopping() {
    return pause != null || turnPending();
  }

  boolean turnPending() {
    return turn != null && !turned;
  }

  @Nullable Turn turn() {
    return turn;
  }

  String turnReason() {
    return turnReason;
  }

  void paused() {
    pause = null;
  }

  void wentOn() {
    goOn = false;
  }

  /** Takes the order to turn back: from now on the way back is walked like any other. */
  Turned takeTurn() {
    turned = true;
    return new Turned();
  }

  /** Leaves the walk forward. */
  static final class Turned extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Turned() {
      super("turned back", null, false, false);
    }
  }
}
