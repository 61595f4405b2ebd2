package dev.kedge.bench.measure;

/**
 * One timed run.
 *
 * @param seconds by the clock
 * @param cpuSeconds of all processes of the server; NaN where the server is elsewhere
 */
public record Sample(double seconds, double cpuSeconds) {
  /** The same with a time that was read elsewhere, such as in the ledger. */
  public Sample lasting(double otherSeconds) {
    return new Sample(otherSeconds, cpuSeconds);
  }

  /** Both, one after the other. */
  public Sample plus(Sample other) {
    return new Sample(seconds + other.seconds, cpuSeconds + other.cpuSeconds);
  }
}
