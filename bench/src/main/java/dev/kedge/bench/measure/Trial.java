package dev.kedge.bench.measure;

/** Something that is run several times. */
@FunctionalInterface
public interface Trial {
  /**
   * Prepares, runs and cleans up; only the run itself is in the sample, see {@link Bench#timed}.
   *
   * @param number from 1
   */
  Sample run(int number) throws Exception;
}
