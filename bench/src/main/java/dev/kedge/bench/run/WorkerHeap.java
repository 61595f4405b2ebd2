package dev.kedge.bench.run;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The heap of a process, as its collector's log tells it.
 *
 * @param peakMb the most there was before a collection
 * @param liveMb the most that was left after one
 * @param residentMb the most the whole process had in memory; 0 when unknown
 */
record WorkerHeap(double peakMb, double liveMb, double residentMb) {
  private static final Pattern COLLECTION = Pattern.compile(".* (\\d+)M->(\\d+)M\\(\\d+M\\).*");

  /** From the lines of {@code -Xlog:gc} and the status of the process. */
  static WorkerHeap of(List<String> log, List<String> status) {
    double peak = 0;
    double live = 0;
    for (String line : log) {
      Matcher collection = COLLECTION.matcher(line);
      if (collection.matches()) {
        peak = Math.max(peak, Double.parseDouble(collection.group(1)));
        live = Math.max(live, Double.parseDouble(collection.group(2)));
      }
    }
    return new WorkerHeap(peak, live, resident(status));
  }

  private static double resident(List<String> status) {
    return status.stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024)
        .findFirst()
        .orElse(0);
  }
}
