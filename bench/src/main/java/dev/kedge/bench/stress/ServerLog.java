package dev.kedge.bench.stress;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the server's log says of deadlocks and long waits, and whether a session of Kedge took part:
 * every session that does not call itself ours is one.
 */
final class ServerLog {
  private static final Pattern LINE =
      Pattern.compile("^\\d{4}-\\d\\d-\\d\\d [^\\[]*\\[(\\d+)\\] (.*)$");
  private static final Pattern AUTHORIZED =
      Pattern.compile("connection authorized: .*application_name=(\\S*)");
  private static final Pattern WAITING = Pattern.compile("process (\\d+) still waiting for ");
  private static final Pattern HOLDING = Pattern.compile("holding the lock: ([\\d, ]+)\\.");
  private static final Pattern NUMBER = Pattern.compile("\\d+");
  private static final Pattern PROCESS = Pattern.compile("Process (\\d+)");

  private final Path file;
  private final Counters counters;
  private final Findings findings;
  private final Set<String> applications = new HashSet<>();
  private long position;
  private String victim = "";
  private String waiter = "";

  ServerLog(Path file, Counters counters, Findings findings) {
    this.file = file;
    this.counters = counters;
    this.findings = findings;
  }

  /** Reads what came since. */
  synchronized void read() {
    try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
      byte[] bytes = new byte[(int) Math.min(log.length() - position, 64 << 20)];
      log.seek(position);
      log.readFully(bytes);
      String text = new String(bytes, StandardCharsets.UTF_8);
      int end = text.lastIndexOf('\n') + 1;
      position += text.substring(0, end).getBytes(StandardCharsets.UTF_8).length;
      text.substring(0, end).lines().forEach(this::line);
    } catch (IOException e) {
      findings.add("the server's log cannot be read: " + e);
    }
  }

  private void line(String line) {
    Matcher matcher = LINE.matcher(line);
    if (matcher.matches()) {
      message(matcher.group(1), matcher.group(2));
    }
    deadlock(line);
  }

  private void message(String pid, String message) {
    Matcher authorized = AUTHORIZED.matcher(message);
    if (authorized.find()) {
      if (authorized.group(1).startsWith(Server.APPLICATION)) {
        applications.add(pid);
      } else {
        applications.remove(pid);
      }
    }
    if (message.contains("deadlock detected")) {
      victim = pid;
    }
    if (message.contains("PANIC:") || message.contains("was terminated by signal")) {
      findings.add("the server: " + message);
    }
    waits(message);
  }

  /** The detail of a deadlock names its processes, a line each. */
  private void deadlock(String line) {
    if (victim.isEmpty() || !line.contains("waits for")) {
      return;
    }
    Matcher process = PROCESS.matcher(line);
    if (process.find() && !applications.contains(process.group(1))) {
      if (applications.contains(victim)) {
        findings.add("a deadlock with a session of Kedge, the application was the victim: " + line);
      } else {
        counters.add(Counter.OUR_DEADLOCKS);
      }
      victim = "";
    }
  }

  private void waits(String message) {
    Matcher waiting = WAITING.matcher(message);
    if (waiting.find()) {
      waiter = waiting.group(1);
    }
    Matcher holding = HOLDING.matcher(message);
    if (holding.find() && applications.contains(waiter)) {
      Matcher holder = NUMBER.matcher(holding.group(1));
      while (holder.find()) {
        if (!applications.contains(holder.group())) {
          counters.add(Counter.LONG_WAITS);
        }
      }
      waiter = "";
    }
  }
}
