package dev.kedge.bench.run;

import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Goal;
import dev.kedge.bench.measure.Series;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How long somebody at a terminal waits for a command that does next to nothing. */
final class CommandLineStart implements Benchmark {
  private static final int TIMES = 11;

  @Override
  public String name() {
    return "cli";
  }

  @Override
  public String what() {
    return "what a person waits for `kedge --version` and its like, launcher and virtual machine"
        + " included";
  }

  @Override
  public void run(Bench bench) throws Exception {
    Path spec = bench.home().resolve("examples/users-handle/users-handle.yaml");
    BenchDatabase database = bench.database();
    try (Product product = Product.open(database)) {
      measure(bench, "version", "--version");
      measure(bench, "help", "--help");
      measure(bench, "validate", "validate", spec.toString());
      measure(bench, "list", "list", "--address", product.address());
    }
  }

  private void measure(Bench bench, String what, String... words)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(bench.home().resolve("kedge").toString()));
    command.addAll(List.of(words));
    // The first one may build, and warms the caches of the system.
    once(command);
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < TIMES; i++) {
      long begun = System.nanoTime();
      once(command);
      millis.add((System.nanoTime() - begun) / 1e6);
    }
    bench.figure(name() + "-" + what, new Series(millis), "ms", Goal.NONE);
  }

  private static void once(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove("KEDGE_MAIN");
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    int exit = builder.start().waitFor();
    if (exit != 0) {
      throw new IllegalStateException(String.join(" ", command) + " ended with " + exit);
    }
  }
}
