package dev.kedge.embedded;

/** The embedded Temporal service could not start; the message says why. */
public final class EmbeddedTemporalException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  EmbeddedTemporalException(String message, Throwable cause) {
    super(message, cause);
  }
}
