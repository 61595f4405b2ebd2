package dev.kedge.embedded.postgres;

/** Sessions of a server that was killed are still at work on the same data. */
final class MemoryInUseException extends EmbeddedPostgresException {

  private static final long serialVersionUID = 1L;

  MemoryInUseException(String message) {
    super(message);
  }
}
