package dev.kedge.embedded.postgres;

/** Somebody else listens on the port the server was to have. */
final class PortTakenException extends EmbeddedPostgresException {

  private static final long serialVersionUID = 1L;

  PortTakenException(String message) {
    super(message);
  }
}
