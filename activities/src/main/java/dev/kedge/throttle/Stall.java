package dev.kedge.throttle;

/**
 * For how long nothing went forward although nothing limited it.
 *
 * @param mark of the ledger's cursors; another one is progress
 * @param millis counted while something was to be done and nothing limited it
 */
record Stall(String mark, long millis) {
  static final Stall NONE = new Stall("", 0);

  // While nobody looked, nobody worked: that is no stall, but a worker that is gone.
  private static final long LONGEST_STEP = 10_000;

  /**
   * After another look.
   *
   * @param now the mark; empty when there is nothing to do
   * @param limited whether something limited it since
   * @param passed milliseconds since the last look
   */
  Stall after(String now, boolean limited, long passed) {
    if (now.isEmpty() || !now.equals(mark)) {
      return new Stall(now, 0);
    }
    return limited ? this : new Stall(mark, millis + Math.max(0, Math.min(LONGEST_STEP, passed)));
  }
}
