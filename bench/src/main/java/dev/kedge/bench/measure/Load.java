package dev.kedge.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How busy the machine is, and with what share of it somebody else's machine is. */
final class Load {
  private static final Path STAT = Path.of("/proc/stat");
  private static final Path AVERAGE = Path.of("/proc/loadavg");
  private static final int STEAL = 7;

  private final List<Long> before = ticks();

  /** The load average over a minute, as the system tells it; empty where it does not. */
  static String average() {
    try {
      return Files.readString(AVERAGE).split(" ", 2)[0];
    } catch (IOException e) {
      return "";
    }
  }

  /** Percent of all processor time since this was made that the hypervisor kept; NaN unknown. */
  double stolenPercent() {
    List<Long> now = ticks();
    if (now.size() <= STEAL || before.size() != now.size()) {
      return Double.NaN;
    }
    double all = 0;
    for (int i = 0; i < now.size(); i++) {
      all += now.get(i) - before.get(i);
    }
    return all == 0 ? 0 : 100 * (now.get(STEAL) - before.get(STEAL)) / all;
  }

  // user nice system idle iowait irq softirq steal; guests are counted in user already.
  private static List<Long> ticks() {
    try {
      String[] words = Files.readAllLines(STAT).get(0).split(" +", -1);
      List<Long> ticks = new ArrayList<>();
      for (int i = 1; i < words.length && i <= STEAL + 1; i++) {
        ticks.add(Long.valueOf(words[i]));
      }
      return ticks;
    } catch (IOException e) {
      return List.of();
    }
  }
}
