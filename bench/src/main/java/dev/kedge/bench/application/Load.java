package dev.kedge.bench.application;

import java.util.List;

/** Applies pgbench's usual transaction at a fixed rate. */
public interface Load {
  /** What applies it. */
  String name();

  /**
   * Runs so long and gives the milliseconds of each transaction, from when it was due.
   *
   * @param perSecond transactions of all sessions together, at random moments
   */
  List<Double> run(int perSecond, int seconds) throws Exception;
}
