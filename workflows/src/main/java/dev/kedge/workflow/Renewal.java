package dev.kedge.workflow;

/**
 * Leaves a step whose history is getting too long: the next run of the workflow begins its phase
 * again, and finds done what is done.
 */
final class Renewal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Renewal() {
    super("goes on in another run", null, false, false);
  }
}
