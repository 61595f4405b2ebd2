package dev.kedge.bench.stress;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import dev.kedge.console.Program;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The seeded random run as a program. */
@Command(
    name = "stress",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Migrates under an application without manners, while workers are killed and frozen and the",
      "server crashes, and judges by an oracle of its own. Fails when a row is lost, a ghost or",
      "stale, when the application gets an error because of Kedge, or a counter is below its floor."
    },
    footer = {"", "Example:", "  bench/stress --seed 7 --transactions 200000 --summary run.md"})
public final class StressMain implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--seed", paramLabel = "S", description = "of everything random (any, printed)")
  private long seed = System.nanoTime() & 0xffffff;

  @Option(
      names = "--transactions",
      paramLabel = "N",
      description =
          "the application commits so many (${DEFAULT-VALUE}); floors are whole from 200000 on")
  private long transactions = 20_000;

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "rows each table is loaded with (${DEFAULT-VALUE})")
  private int rows = 150_000;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description =
          "transactions a second at most, 0 for as many as it can; unless given, 100 to 900 by N")
  private int rate = -1;

  @Option(
      names = "--trouble",
      paramLabel = "SECONDS",
      description =
          "the least time between two troubles (${DEFAULT-VALUE}); longer on a slow machine")
  private int trouble = 6;

  @Option(
      names = "--shape",
      split = ",",
      paramLabel = "NAME",
      description = "only these, in this order; all unless given")
  private List<String> shapes = List.of();

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description = "made anew: the server's data and all logs (${DEFAULT-VALUE})")
  private Path work = Path.of(".kedge", "stress");

  @Option(names = "--summary", paramLabel = "FILE", description = "writes the result as Markdown")
  private @Nullable Path summary;

  public static void main(String[] args) {
    System.exit(Program.prepare(new CommandLine(new StressMain())).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    Narrator narrator = new Narrator(out);
    Settings settings =
        new Settings(
            seed, transactions, rows, trouble * 1_000, chosen(), fresh(work.toAbsolutePath()));
    Run run =
        new Run(new Counters(transactions), new Findings(narrator), narrator, new Pace(rate()));
    narrator.say("seed %d, %d transactions".formatted(seed, transactions));
    Stress stress = new Stress(settings, run);
    stress.run();
    Summary told = new Summary(settings, run, stress);
    out.println(told.text());
    out.flush();
    if (summary != null) {
      Files.writeString(summary, told.markdown());
    }
    return (told.passed() ? ExitCode.OK : ExitCode.FAILED).number();
  }

  // What goes wrong takes its time: a short run that is over in a minute would meet none of it.
  private int rate() {
    return rate >= 0 ? rate : (int) Math.max(100, Math.min(900, transactions / 400));
  }

  private List<Shapes.Maker> chosen() {
    if (shapes.isEmpty()) {
      return Shapes.ALL;
    }
    return shapes.stream().map(StressMain::shape).toList();
  }

  private static Shapes.Maker shape(String name) {
    return Shapes.ALL.stream()
        .filter(maker -> maker.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                Problem.usage(
                    "KD1200",
                    "no shape is named \"" + name + "\"",
                    "one of "
                        + Shapes.ALL.stream()
                            .map(Shapes.Maker::name)
                            .collect(Collectors.joining(", "))));
  }

  /** Only a directory that such a run has made is emptied. */
  private static Path fresh(Path directory) throws IOException {
    Path mark = directory.resolve("made-by-stress");
    if (Files.exists(directory) && !Files.exists(mark)) {
      throw Problem.usage(
          "KD1203",
          directory + " is there, and no earlier run made it",
          "name another: --work DIR");
    }
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    Files.createDirectories(directory);
    Files.createFile(mark);
    return directory;
  }
}
