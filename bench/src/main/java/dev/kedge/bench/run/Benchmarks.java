package dev.kedge.bench.run;

import dev.kedge.bench.measure.Benchmark;
import dev.kedge.console.Problem;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** All benchmarks, in the order in which {@code all} runs them. Their names are a contract. */
final class Benchmarks {
  static final String ALL_OF_THEM = "all";

  static final List<Benchmark> ALL =
      List.of(
          new CopyPk(),
          new CopyIndexes(),
          new CopyLanes(),
          new InPlace(),
          new ProductOverhead(),
          new Verify(),
          new VerifyFresh(),
          new Growth(),
          new PauseLatency(),
          new CommandLineStart(),
          new WorkerMemory(),
          new CaptureCost(),
          new FlipLock(),
          new AppLatency(),
          new History());

  private Benchmarks() {}

  /** Those of these names, each once. */
  static List<Benchmark> of(List<String> names) {
    if (names.contains(ALL_OF_THEM)) {
      return ALL;
    }
    Set<Benchmark> chosen = new LinkedHashSet<>();
    names.forEach(name -> chosen.add(of(name)));
    return List.copyOf(chosen);
  }

  private static Benchmark of(String name) {
    return ALL.stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                Problem.usage(
                    "KD1200",
                    "no benchmark is named \"" + name + "\"",
                    "one of "
                        + ALL.stream().map(Benchmark::name).collect(Collectors.joining(", "))
                        + ", or "
                        + ALL_OF_THEM));
  }
}
