package dev.kedge.bench.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class WorkerHeapTest {
  @Test
  void theLogTellsWhatThereWasBeforeAndAfterEachCollection() {
    WorkerHeap heap =
        WorkerHeap.of(
            List.of(
                "[0.9s][info][gc] Using G1",
                "[1.2s][info][gc] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 24M->15M(256M) 3ms",
                "[2.2s][info][gc] GC(1) Pause Young (Normal) (G1 Evacuation Pause) 90M->12M(256M) 3ms"),
            List.of("Name:\tjava", "VmHWM:\t  204800 kB"));
    assertEquals(new WorkerHeap(90, 15, 200), heap);
  }
}
