package dev.kedge.spec;

import java.util.List;
import java.util.stream.Collectors;

/** A spec that cannot be taken, with everything that is wrong with it. Nothing was changed. */
public final class SpecException extends Exception {
  private static final long serialVersionUID = 1L;
  private static final int SHOWN = 20;

  private final transient List<Problem> problems;

  SpecException(List<Problem> problems) {
    super(render(problems));
    this.problems = List.copyOf(problems);
  }

  /** What is wrong, in the order of the file; at least one. */
  public List<Problem> problems() {
    return problems;
  }

  private static String render(List<Problem> problems) {
    String shown =
        problems.stream().limit(SHOWN).map(Problem::render).collect(Collectors.joining("\n\n"));
    String more =
        problems.size() > SHOWN ? "\n\nand " + (problems.size() - SHOWN) + " more errors" : "";
    return shown + more + "\n\nnothing was changed";
  }
}
