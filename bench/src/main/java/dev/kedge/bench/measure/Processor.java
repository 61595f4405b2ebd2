package dev.kedge.bench.measure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Processor time of processes, as Linux counts it in {@code /proc/PID}. */
public final class Processor {
  private static final Path PROC = Path.of("/proc");
  // Of everything that Linux tells in ticks, on every platform that Java runs on.
  private static final double TICKS_PER_SECOND = 100;
  private static final double NANOS_PER_SECOND = 1e9;

  // Numbers of the fields after the name, which may itself hold spaces, from 0.
  private static final int PARENT = 1;
  private static final int USER = 11;
  private static final int SYSTEM = 12;
  private static final int CHILDREN_USER = 13;
  private static final int CHILDREN_SYSTEM = 14;

  private Processor() {}

  /** Seconds one process has run, by the nanosecond where the kernel counts so; NaN when gone. */
  public static double seconds(long pid) {
    Path file = PROC.resolve(Long.toString(pid)).resolve("schedstat");
    try {
      return Long.parseLong(Files.readString(file).split(" ", 2)[0]) / NANOS_PER_SECOND;
    } catch (IOException | NumberFormatException e) {
      String[] fields = fields(pid);
      return fields.length == 0 ? Double.NaN : ticks(fields, USER, SYSTEM) / TICKS_PER_SECOND;
    }
  }

  /** Seconds a process and its children have run, those that ended included; NaN when gone. */
  static double secondsOfTree(long parent) {
    double ended = ended(parent);
    while (true) {
      double ticks = ended + running(parent);
      double now = ended(parent);
      // Otherwise a child has ended meanwhile, and is counted twice or not at all.
      if (now == ended || Double.isNaN(now)) {
        return ticks / TICKS_PER_SECOND;
      }
      ended = now;
    }
  }

  private static double ended(long parent) {
    String[] own = fields(parent);
    return own.length == 0 ? Double.NaN : ticks(own, CHILDREN_USER, CHILDREN_SYSTEM);
  }

  private static double running(long parent) {
    double ticks = 0;
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path each : processes) {
        long pid = Long.parseLong(each.getFileName().toString());
        String[] fields = fields(pid);
        if (fields.length > 0 && (pid == parent || fields[PARENT].equals(Long.toString(parent)))) {
          ticks += ticks(fields, USER, SYSTEM);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ticks;
  }

  /** The parent of a process that is called so; empty for any other. */
  static OptionalLong parent(long pid, String name) {
    try {
      String stat = Files.readString(stat(pid));
      return stat.contains("(" + name + ")")
          ? OptionalLong.of(Long.parseLong(fields(pid)[PARENT]))
          : OptionalLong.empty();
    } catch (IOException | ArrayIndexOutOfBoundsException e) {
      return OptionalLong.empty();
    }
  }

  private static double ticks(String[] fields, int one, int other) {
    return Double.parseDouble(fields[one]) + Double.parseDouble(fields[other]);
  }

  private static String[] fields(long pid) {
    try {
      String stat = Files.readString(stat(pid));
      return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    } catch (IOException e) {
      // It has ended.
      return new String[0];
    }
  }

  private static Path stat(long pid) {
    return PROC.resolve(Long.toString(pid)).resolve("stat");
  }
}
