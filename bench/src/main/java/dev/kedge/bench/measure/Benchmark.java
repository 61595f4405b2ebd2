package dev.kedge.bench.measure;

/** One benchmark. */
public interface Benchmark {
  /** As it is asked for on the command line. */
  String name();

  /** What is measured, and against which limit: part of a sentence, in lower case. */
  String what();

  /** Measures, and tells {@code bench} every figure. May leave its databases as they are. */
  void run(Bench bench) throws Exception;
}
