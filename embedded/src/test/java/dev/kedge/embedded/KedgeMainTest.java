package dev.kedge.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class KedgeMainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void everyVerbThatIsBuiltIsThereAndHelpsWithAnExample() {
    Set<String> verbs = KedgeMain.commandLine().getSubcommands().keySet();
    assertTrue(
        verbs.containsAll(
            List.of(
                "demo",
                "dev",
                "worker",
                "validate",
                "plan",
                "start",
                "wait",
                "status",
                "list",
                "approve",
                "reject",
                "pause",
                "resume",
                "retry",
                "rollback",
                "abort",
                "tune",
                "verify",
                "setup",
                "schema")),
        verbs.toString());
    for (String verb : verbs) {
      assertEquals(0, run(verb, "--help"));
    }
    assertEquals(verbs.size(), out.toString().split("Examples?:", -1).length - 1);
  }

  @Test
  void pauseDirectIsTheWorkersAndAsksForADatabase() {
    assertEquals(2, run("pause", "users-handle", "--direct"));
    assertTrue(err.toString().contains("told of no database"), err.toString());
  }

  private int run(String... args) {
    CommandLine line = KedgeMain.commandLine(args);
    return line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(args);
  }
}
