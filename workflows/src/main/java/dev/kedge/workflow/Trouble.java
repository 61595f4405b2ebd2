package dev.kedge.workflow;

import dev.kedge.activity.Failures;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.ChildWorkflowFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.failure.TimeoutFailure;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why the walk stopped, for the person who has to look.
 *
 * @param reason what happened
 * @param help what can be done
 * @param kind what it asks of the walk
 */
record Trouble(String reason, String help, Kind kind) {
  static final String CHOICES = "`retry` tries again, `rollback` undoes, `abort` stops for good";
  private static final String ONCE_GONE =
      "`resume` goes on once it is gone, `rollback` undoes, `abort` stops for good";
  private static final String MARK = "help:";

  /** What the walk does about it. */
  enum Kind {
    /** Somebody has to look. */
    PARKS,
    /** The database said "not yours any more". */
    FENCED,
    /** A guard of the spec wants a pause. */
    PAUSES,
    /** A guard of the spec wants an end. */
    ABORTS,
    /**
     * What was equal, or was made so, differs again: no drift that a repair mends, but a bug, of
     * Kedge or of who writes what is not theirs. Somebody has to look before anything else.
     */
    RETURNED;

    private static Kind of(String failure) {
      return switch (failure) {
        case Failures.FENCED -> FENCED;
        case Failures.GUARD_PAUSE -> PAUSES;
        case Failures.GUARD_ABORT -> ABORTS;
        default -> PARKS;
      };
    }
  }

  /** Thrown by a step that cannot go on until somebody has looked. */
  static final class Found extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Trouble trouble;

    Found(Trouble trouble) {
      super(trouble.reason(), null, false, false);
      this.trouble = trouble;
    }
  }

  /** The same with more to say. */
  Trouble with(String more) {
    return new Trouble(reason + more, help, kind);
  }

  static Trouble of(String reason, String help) {
    return new Trouble(reason, help, Kind.PARKS);
  }

  /**
   * What a step's failure means. A failure that is neither a step's finding nor Temporal's is a
   * mistake of ours: it is thrown on, so that the workflow task fails and a mended worker goes on.
   */
  static Trouble of(RuntimeException failure) {
    if (failure instanceof Found found) {
      return found.trouble;
    }
    if (!(failure instanceof TemporalFailure)) {
      throw failure;
    }
    ApplicationFailure told = cause(failure, ApplicationFailure.class);
    if (told != null) {
      return split(told.getOriginalMessage(), Kind.of(told.getType()));
    }
    return of(what(failure) + " " + how(failure), CHOICES);
  }

  private static Trouble split(@Nullable String message, Kind kind) {
    String text = message == null ? "failed without a message" : message;
    int mark = text.indexOf(MARK);
    // A guard says itself what helps: to go on is not to try again.
    boolean guard = kind == Kind.PAUSES || kind == Kind.ABORTS;
    if (mark < 0) {
      return new Trouble(text.strip(), guard ? ONCE_GONE : CHOICES, kind);
    }
    String help = text.substring(mark + MARK.length()).strip();
    return new Trouble(
        text.substring(0, mark).strip(), guard ? help : help + "; then `retry`", kind);
  }

  private static String what(RuntimeException failure) {
    if (failure instanceof ActivityFailure activity) {
      return activity.getActivityType();
    }
    return failure instanceof ChildWorkflowFailure child ? child.getWorkflowType() : "the step";
  }

  private static String how(RuntimeException failure) {
    TimeoutFailure timeout = cause(failure, TimeoutFailure.class);
    if (timeout != null) {
      return "timed out ("
          + timeout
              .getTimeoutType()
              .name()
              .replace("TIMEOUT_TYPE_", "")
              .replace('_', ' ')
              .toLowerCase(Locale.ROOT)
          + ")";
    }
    return cause(failure, CanceledFailure.class) != null
        ? "was cancelled from outside"
        : "failed: " + failure.getMessage();
  }

  private static <T> @Nullable T cause(Throwable failure, Class<T> type) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (type.isInstance(t)) {
        return type.cast(t);
      }
    }
    return null;
  }
}
