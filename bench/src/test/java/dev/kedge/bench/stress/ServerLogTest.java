package dev.kedge.bench.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServerLogTest {
  private static final String SESSIONS =
      """
      2026-11-21 15:00:00.000 UTC [100] LOG:  connection authorized: user=kedge database=app application_name=stress-client-1
      2026-11-21 15:00:00.000 UTC [101] LOG:  connection authorized: user=kedge database=app application_name=stress-bulk
      2026-11-21 15:00:00.000 UTC [200] LOG:  connection authorized: user=kedge database=app application_name=kedge
      """;

  private final Counters counters = new Counters(200_000);
  private final Findings findings =
      new Findings(new Narrator(new PrintWriter(Writer.nullWriter())));

  @TempDir private Path directory;

  private Path file;
  private ServerLog log;

  @BeforeEach
  void begin() throws IOException {
    file = directory.resolve("server.log");
    Files.writeString(file, SESSIONS);
    log = new ServerLog(file, counters, findings);
  }

  @Test
  void aDeadlockAmongTheApplicationIsItsOwn() throws IOException {
    deadlock(100, 101);
    assertTrue(findings.none());
    assertEquals(0, counters.get(Counter.OUR_DEADLOCKS));
  }

  @Test
  void aDeadlockWithKedgeWhoseVictimIsTheApplicationIsAFinding() throws IOException {
    deadlock(100, 200);
    assertEquals(1, findings.count());
  }

  @Test
  void aDeadlockInWhichKedgeGaveWayIsCounted() throws IOException {
    deadlock(200, 101);
    assertTrue(findings.none());
    assertEquals(1, counters.get(Counter.OUR_DEADLOCKS));
  }

  @Test
  void aLongWaitOfTheApplicationForKedgeIsCounted() throws IOException {
    wait(100, 101);
    wait(200, 100);
    assertEquals(0, counters.get(Counter.LONG_WAITS));
    wait(100, 200);
    assertEquals(1, counters.get(Counter.LONG_WAITS));
  }

  @Test
  void aCrashOfABackendIsAFinding() throws IOException {
    append(
        "2026-11-21 15:00:01.000 UTC [1] LOG:  server process (PID 7) was terminated by signal 11");
    assertEquals(1, findings.count());
  }

  private void deadlock(int victim, int other) throws IOException {
    append(
        """
        2026-11-21 15:00:01.000 UTC [%1$d] some ERROR:  deadlock detected
        2026-11-21 15:00:01.000 UTC [%1$d] some DETAIL:  Process %1$d waits for ShareLock on transaction 5; blocked by process %2$d.
        \tProcess %2$d waits for ShareLock on transaction 6; blocked by process %1$d.
        \tProcess %1$d: UPDATE a
        \tProcess %2$d: UPDATE b"""
            .formatted(victim, other));
  }

  private void wait(int waiter, int holder) throws IOException {
    append(
        """
        2026-11-21 15:00:01.000 UTC [%1$d] some LOG:  process %1$d still waiting for ShareLock on transaction 5 after 1000.1 ms
        2026-11-21 15:00:01.000 UTC [%1$d] some DETAIL:  Process holding the lock: %2$d. Wait queue: %1$d."""
            .formatted(waiter, holder));
  }

  private void append(String lines) throws IOException {
    Files.writeString(file, lines + "\n", StandardOpenOption.APPEND);
    log.read();
  }
}
