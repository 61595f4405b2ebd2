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
public record CaptureNames(String suffix, int joins) {
  /** The names of a move. */
  public static CaptureNames of(long migration, MovePlan move) {
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

  /** A trigger that writes the target in the application's own transaction. */
  public String sync(SyncEvent event) {
    return "kedge_sync_" + suffix + "_" + event.letter();
  }

  /** Its function, in schema kedge. */
  public String syncFunction(SyncEvent event) {
    return "sync_" + suffix + "_" + event.letter();
  }

  /** What is there from the beginning. */
  List<String> installed() {
    return List.of(capture(), emptied(), guard());
  }

  /** All that may be there. */
  List<String> triggers() {
    return Stream.concat(installed().stream(), SyncEvent.all(this::sync)).toList();
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
                "guard_" + suffix,
                "guard_" + suffix + "_p",
                "guard_" + suffix + "_r_p"),
            Stream.concat(joined, SyncEvent.all(this::syncFunction)))
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

  /** The guard of a partitioned side; each has its own, because it is what is switched. */
  String guardFunction(boolean reverse) {
    return guardFunction() + (reverse ? "_r" : "") + "_p";
  }
}
