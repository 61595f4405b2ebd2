package dev.kedge.capture;

import dev.kedge.plan.MovePlan;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a copy's triggers and functions are called: the migration's number and the move's make them
 * unique, so that two moves may share a table. A trigger has one name on every table of its move.
 *
 * @param suffix {@code <migration>_<move>}
 * @param joins how many tables are joined to the source
 */
record CaptureNames(String suffix, int joins) {
  static CaptureNames of(long migration, MovePlan move) {
    return new CaptureNames(migration + "_" + move.number(), move.joins().size());
  }

  /** The trigger that logs keys; on either side. */
  String capture() {
    return "kedge_capture_" + suffix;
  }

  /** The trigger that logs that a table was emptied. */
  String emptied() {
    return "kedge_capture_" + suffix + "_t";
  }

  /** The trigger that refuses writes. */
  String guard() {
    return "kedge_guard_" + suffix;
  }

  List<String> triggers() {
    return List.of(capture(), emptied(), guard());
  }

  /** The functions, in schema kedge, that may exist. */
  List<String> functions() {
    Stream<String> joined =
        IntStream.rangeClosed(1, joins).mapToObj(join -> "capture_" + suffix + "_j" + join);
    return Stream.concat(
            Stream.of(
                "capture_" + suffix,
                "capture_" + suffix + "_t",
                "capture_" + suffix + "_r",
                "capture_" + suffix + "_r_t",
                "guard_" + suffix),
            joined)
        .toList();
  }

  /**
   * What logs the keys of a joined table.
   *
   * @param join its number, from 1
   */
  String joinedFunction(int join) {
    return captureFunction(false) + "_j" + join;
  }

  String captureFunction(boolean reverse) {
    return "kedge.capture_" + suffix + (reverse ? "_r" : "");
  }

  String emptiedFunction(boolean reverse) {
    return captureFunction(reverse) + "_t";
  }

  String guardFunction() {
    return "kedge.guard_" + suffix;
  }
}
