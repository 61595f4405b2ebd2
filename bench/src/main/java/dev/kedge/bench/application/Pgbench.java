package dev.kedge.bench.application;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The pgbench of this machine, whose log tells every transaction. */
public final class Pgbench implements Load {
  private static final Path DEBIAN = Path.of("/usr/lib/postgresql");
  private static final int MICROS = 2;

  private final Path program;
  private final String url;
  private final int sessions;

  private Pgbench(Path program, String url, int sessions) {
    this.program = program;
    this.url = url;
    this.sessions = sessions;
  }

  /** The one on the path, or else the newest where Debian keeps them. */
  public static Optional<Load> find(String url, int sessions) {
    return Stream.concat(onPath(), debian())
        .map(directory -> directory.resolve("pgbench"))
        .filter(Files::isExecutable)
        .findFirst()
        .map(program -> new Pgbench(program, url, sessions));
  }

  private static Stream<Path> onPath() {
    String path = System.getenv("PATH");
    return path == null
        ? Stream.empty()
        : Arrays.stream(path.split(File.pathSeparator)).map(Path::of);
  }

  private static Stream<Path> debian() {
    try (Stream<Path> versions = Files.list(DEBIAN)) {
      return versions
          .sorted(Comparator.comparing(Path::getFileName).reversed())
          .map(version -> version.resolve("bin"))
          .toList()
          .stream();
    } catch (IOException none) {
      return Stream.empty();
    }
  }

  @Override
  public String name() {
    return program.toString();
  }

  @Override
  public List<Double> run(int perSecond, int seconds) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("kedge-pgbench-");
    try {
      Path told = directory.resolve("told");
      Process process =
          new ProcessBuilder(command(perSecond, seconds))
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(told.toFile())
              .start();
      try {
        if (process.waitFor() != 0) {
          throw new IllegalStateException("pgbench failed:\n" + Files.readString(told));
        }
      } finally {
        process.destroyForcibly();
      }
      return millis(directory);
    } finally {
      remove(directory);
    }
  }

  private List<String> command(int perSecond, int seconds) {
    return List.of(
        program.toString(),
        "--no-vacuum",
        "--log",
        "--protocol=prepared",
        "--client=" + sessions,
        "--jobs=1",
        "--rate=" + perSecond,
        "--time=" + seconds,
        url);
  }

  private static List<Double> millis(Path directory) throws IOException {
    List<Double> millis = new ArrayList<>();
    for (Path log : files(directory, "pgbench_log.")) {
      for (String line : Files.readAllLines(log)) {
        millis.add(Long.parseLong(line.split(" ", -1)[MICROS]) / 1e3);
      }
    }
    return millis;
  }

  private static void remove(Path directory) throws IOException {
    for (Path file : files(directory, "")) {
      Files.delete(file);
    }
    Files.delete(directory);
  }

  private static List<Path> files(Path directory, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.getFileName().toString().startsWith(prefix)).toList();
    }
  }
}
