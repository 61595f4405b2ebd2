package dev.kedge.embedded.demo;

import dev.kedge.console.ExitCode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** One whole migration on a laptop, while a shop sells, with nothing to install. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Runs one whole migration on an embedded PostgreSQL and Temporal, while an application",
      "reads and writes, approved by two people; prints the walk, then what was proven.",
      "Exit code 0 only if the result was verified."
    },
    footer = {"", "Example:", "  kedge demo --rows 200000"})
public final class DemoCommand implements Callable<Integer> {
  private static final int FEWEST_ROWS = 100;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "50000",
      description = "rows in each table, at least 100 (default: ${DEFAULT-VALUE})")
  private int rows;

  @Option(
      names = "--keep",
      paramLabel = "DIR",
      arity = "0..1",
      fallbackValue = ".kedge/demo",
      description = "keep the database in DIR (default: ${FALLBACK-VALUE}) to look at afterwards")
  private @Nullable Path keep;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    Narrator narrator = new Narrator(out);
    try (Laptop laptop = Laptop.start(keep, narrator)) {
      boolean proven = new Demo(laptop, Math.max(rows, FEWEST_ROWS), narrator).run();
      return (proven ? ExitCode.OK : ExitCode.FAILED).number();
    }
  }
}
