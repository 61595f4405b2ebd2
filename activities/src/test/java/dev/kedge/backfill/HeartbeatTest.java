package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class HeartbeatTest {
  private static final Duration OFTEN = Duration.ofMillis(10);

  HeartbeatTest() {}

  @Test
  void workThatTakesLongIsBeatenForMeanwhile() throws Exception {
    CountDownLatch beats = new CountDownLatch(2);
    Heartbeat heartbeat = new Heartbeat(() -> null, progress -> beats.countDown(), OFTEN);

    assertTrue(heartbeat.during(Duration.ofMinutes(1), () -> await(beats)));
  }

  @Test
  void aBeatThatIsRefusedMeanwhileDoesNotDisturbTheWork() throws Exception {
    CountDownLatch beats = new CountDownLatch(1);
    Heartbeat heartbeat =
        new Heartbeat(
            () -> null,
            progress -> {
              beats.countDown();
              throw new IllegalStateException("called off");
            },
            OFTEN);

    assertTrue(heartbeat.during(Duration.ofMinutes(1), () -> await(beats)));
  }

  @Test
  void nobodyBeatsForWhatHangs() throws Exception {
    CountDownLatch beats = new CountDownLatch(1);
    Heartbeat heartbeat = new Heartbeat(() -> null, progress -> beats.countDown(), OFTEN);

    heartbeat.during(
        Duration.ZERO,
        () -> {
          assertEquals(false, beats(beats, 200));
          return "";
        });
  }

  private static boolean await(CountDownLatch latch) {
    return beats(latch, 30_000);
  }

  private static boolean beats(CountDownLatch latch, long millis) {
    try {
      return latch.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
