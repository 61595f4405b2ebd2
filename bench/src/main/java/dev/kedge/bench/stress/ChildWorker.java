package dev.kedge.bench.stress;

import dev.kedge.worker.WorkerMain;
import java.io.IOException;

/** A worker process that ends with the process that started it: its standard input ends then. */
public final class ChildWorker {
  private ChildWorker() {}

  public static void main(String[] args) {
    Thread watch = new Thread(ChildWorker::endWithParent, "end-with-parent");
    watch.setDaemon(true);
    watch.start();
    WorkerMain.main(args);
  }

  private static void endWithParent() {
    try {
      while (System.in.read() >= 0) {
        // Nobody writes; only the end is of interest.
      }
    } catch (IOException e) {
      // The end as well.
    }
    Runtime.getRuntime().halt(0);
  }
}
