package dev.kedge.bench.stress;

import java.nio.file.Path;
import java.util.List;

/**
 * What a run is asked for.
 *
 * @param transactions of the application, committed
 * @param rows rows each table is loaded with
 * @param troublePauseMillis the least time between two troubles
 * @param shapes in the order in which rounds take them
 * @param directory where server and workers leave what they write
 */
record Settings(
    long seed,
    long transactions,
    int rows,
    int troublePauseMillis,
    List<Shapes.Maker> shapes,
    Path directory) {
  Settings {
    shapes = List.copyOf(shapes);
  }
}
