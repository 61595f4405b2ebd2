package dev.kedge.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where it was measured.
 *
 * @param memory in MiB; 0 when it cannot be read
 * @param kernel name and version
 */
record Machine(int cores, long memory, String kernel, String processor, String java) {
  private static final Path MEMORY = Path.of("/proc/meminfo");
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

  static Machine here() {
    return new Machine(
        Runtime.getRuntime().availableProcessors(),
        number(line(MEMORY, "MemTotal")) / 1024,
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        line(PROCESSORS, "model name"),
        System.getProperty("java.vm.name") + " " + System.getProperty("java.version"));
  }

  private static long number(String text) {
    String digits = text.replaceAll("[^0-9]", "");
    return digits.isEmpty() ? 0 : Long.parseLong(digits);
  }

  private static String line(Path file, String key) {
    try {
      List<String> lines = Files.readAllLines(file);
      return lines.stream()
          .filter(line -> line.startsWith(key))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse("");
    } catch (IOException e) {
      return "";
    }
  }
}
