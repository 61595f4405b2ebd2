package dev.kedge.activity;

import io.temporal.failure.ApplicationFailure;
import java.time.Duration;

/**
 * Every failure that a workflow or a person acts on, with its type. The message says what, where
 * and why, and after {@code help:} what to do; it never holds a row's values.
 */
public final class Failures {
  /** The plan, the catalog or the registry forbids it; a person must change something. */
  public static final String REFUSED = "Refused";

  /** The epoch is over; somebody paused, aborted, rolled back or adopted. */
  public static final String FENCED = "Fenced";

  /** A row cannot be converted or breaks a rule of the target. */
  public static final String BAD_DATA = "BadData";

  /** The catalog is not what it was: a trigger, column or index was changed by somebody else. */
  public static final String CATALOG_DIFFERS = "CatalogDiffers";

  /** The database cannot be reached or answers that it cannot serve now; tried again. */
  public static final String UNAVAILABLE = "Unavailable";

  /** Somebody holds a lock; tried again, the blockers named. */
  public static final String BLOCKED = "Blocked";

  /** The database's name is not configured on this worker. */
  public static final String UNKNOWN_DATABASE = "UnknownDatabase";

  /** We cannot know whether it happened; never retried. */
  public static final String AMBIGUOUS = "Ambiguous";

  /** The server refused a statement; a person must look. */
  public static final String STATEMENT_FAILED = "StatementFailed";

  /** A guard of the spec says pause; the message says which, its value and its bound. */
  public static final String GUARD_PAUSE = "GuardPause";

  /** A guard of the spec says abort. */
  public static final String GUARD_ABORT = "GuardAbort";

  private Failures() {}

  public static ApplicationFailure refused(String message) {
    return ApplicationFailure.newNonRetryableFailure(message, REFUSED);
  }

  public static ApplicationFailure fenced(String message) {
    return ApplicationFailure.newNonRetryableFailure(message, FENCED);
  }

  public static ApplicationFailure badData(String message) {
    return ApplicationFailure.newNonRetryableFailure(message, BAD_DATA);
  }

  public static ApplicationFailure catalogDiffers(String message) {
    return ApplicationFailure.newNonRetryableFailure(message, CATALOG_DIFFERS);
  }

  public static ApplicationFailure unknownDatabase(String message) {
    return ApplicationFailure.newNonRetryableFailure(message, UNKNOWN_DATABASE);
  }

  public static ApplicationFailure ambiguous(String message) {
    return ApplicationFailure.newNonRetryableFailure(message, AMBIGUOUS);
  }

  public static ApplicationFailure statementFailed(String message) {
    return ApplicationFailure.newNonRetryableFailure(message, STATEMENT_FAILED);
  }

  public static ApplicationFailure guardPause(String message) {
    return ApplicationFailure.newNonRetryableFailure(message, GUARD_PAUSE);
  }

  public static ApplicationFailure guardAbort(String message) {
    return ApplicationFailure.newNonRetryableFailure(message, GUARD_ABORT);
  }

  /** Retryable: the next attempt may meet a server that answers. */
  public static ApplicationFailure unavailable(String message) {
    return ApplicationFailure.newFailure(message, UNAVAILABLE);
  }

  /** Retryable after {@code delay}: whoever holds the lock will let go. */
  public static ApplicationFailure blocked(String message, Duration delay) {
    return ApplicationFailure.newBuilder()
        .setMessage(message)
        .setType(BLOCKED)
        .setNextRetryDelay(delay)
        .build();
  }
}
