package dev.kedge.plan;

import dev.kedge.spec.ApprovalPolicy;
import dev.kedge.spec.Durations;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A plan as people read it: the walk, phase by phase, or why there is none. */
public final class PlanText {
  private final Plan plan;
  private final StringBuilder out = new StringBuilder();

  private PlanText(Plan plan) {
    this.plan = plan;
  }

  /** The plan in full, several lines, with a closing line break. */
  public static String render(Plan plan) {
    return new PlanText(plan).render();
  }

  /** The steps by phase in Markdown, a line each: of SQL only what the spec itself says. */
  public static String outline(Plan plan) {
    Titles titles = new Titles(plan);
    return Stream.of(Phase.values())
        .filter(phase -> !plan.stepsOf(phase).isEmpty())
        .map(
            phase ->
                plan.stepsOf(phase).stream()
                    .map(
                        step ->
                            "- "
                                + (step instanceof Step.ApplyDdl ddl
                                    ? code(ddl)
                                    : step.follow(titles))
                                + "\n")
                    .collect(Collectors.joining("", "**" + phase.label() + "**\n\n", "\n")))
        .collect(Collectors.joining());
  }

  private static String code(Step.ApplyDdl step) {
    return "`" + step.statement().strip().replaceAll("\\s+", " ") + "`";
  }

  private String render() {
    line("plan " + plan.spec().migration() + "  " + plan.planHash());
    for (Phase phase : Phase.values()) {
      phase(phase);
    }
    section("guards", GuardText.lines(plan.spec().guards()));
    section("invariants", InvariantText.lines(plan.spec().invariants()));
    plan.warnings().forEach(warning -> line("\nwarning: " + warning));
    plan.refusals().forEach(this::refusal);
    line("");
    line(
        plan.refusals().isEmpty()
            ? "%d steps; nothing was changed".formatted(plan.steps().size())
            : "cannot run: %d of the above must be mended; nothing was changed"
                .formatted(plan.refusals().size()));
    return out.toString();
  }

  private void phase(Phase phase) {
    if (!plan.stepsOf(phase).isEmpty()) {
      line("\n" + phase.label());
      plan.stepsOf(phase).forEach(this::step);
    }
  }

  private void section(String title, List<String> lines) {
    if (!lines.isEmpty()) {
      line("\n" + title);
      lines.forEach(each -> line("  " + each.replace("\n", "\n      ")));
    }
  }

  private void step(Step step) {
    line("  " + step.follow(new Titles(plan)));
    step.sql().forEach(sql -> line("      " + sql.replace("\n", "\n      ")));
    if (step instanceof Step.ApplyDdl ddl) {
      ddl.undo().forEach(undo -> line("      undo: " + undo));
      ddl.destroys().forEach(gone -> line("      destroys: " + gone.label()));
    }
    if (!step.locks().isEmpty()) {
      line(
          "      locks: "
              + step.locks().stream()
                  .map(lock -> lock.relation() + " " + lock.mode())
                  .collect(Collectors.joining(", ")));
    }
  }

  private void refusal(Refusal refusal) {
    line("\nerror[%s]: %s: %s".formatted(refusal.code(), refusal.object(), refusal.why()));
    line("help: " + refusal.help());
  }

  private void line(String text) {
    out.append(text).append('\n');
  }

  /** One line that says what a step does. */
  private record Titles(Plan plan) implements Course<String> {
    @Override
    public String applyDdl(Step.ApplyDdl step) {
      return "statement " + step.number();
    }

    @Override
    public String awaitGate(Step.AwaitGate step) {
      ApprovalPolicy policy = step.policy();
      String who = policy.from().isEmpty() ? "" : " from " + String.join(", ", policy.from());
      return policy.count() == 0
          ? "gate %s: passes by itself, on clean evidence".formatted(step.gate().label())
          : "gate %s: waits for %d approval%s%s%s"
              .formatted(
                  step.gate().label(),
                  policy.count(),
                  policy.count() == 1 ? "" : "s",
                  who,
                  policy.notStarter() ? ", not by who started it" : "");
    }

    @Override
    public String deferIndexes(Step.DeferIndexes step) {
      return "defer indexes of " + plan.move(step.move()).target();
    }

    @Override
    public String installCapture(Step.InstallCapture step) {
      return "capture writes to " + plan.move(step.move()).source();
    }

    @Override
    public String fill(Step.Fill step) {
      MovePlan move = plan.move(step.move());
      String rows = move.estimatedRows() < 0 ? "" : ", about " + move.estimatedRows() + " rows";
      Long most = plan.spec().backfill().maxRate();
      String rate = most == null ? "" : ", at most " + most + " rows/s";
      String bad = move.quarantine() ? ", rows that cannot be taken over kept aside" : "";
      return "fill %s from %s in %d lanes, %s a chunk%s%s%s"
          .formatted(
              move.target(),
              move.source(),
              move.lanes(),
              Durations.format(move.chunk()),
              rate,
              rows,
              bad);
    }

    @Override
    public String restoreIndexes(Step.RestoreIndexes step) {
      return "build the indexes of " + plan.move(step.move()).target();
    }

    @Override
    public String compare(Step.Compare step) {
      MovePlan move = plan.move(step.move());
      return "compare %s with %s, all of it".formatted(move.target(), move.source())
          + lenient(move);
    }

    /** Columns that are not compared as their types say. */
    private static String lenient(MovePlan move) {
      return Stream.concat(move.columns().stream(), move.reverse().stream())
          .filter(column -> column.compare() != null)
          .map(column -> ", " + Quoting.readable(column.column()) + " " + column.compared())
          .distinct()
          .collect(Collectors.joining());
    }

    @Override
    public String checkInvariants(Step.CheckInvariants step) {
      int count = plan.spec().invariants().size();
      return "check " + (count == 1 ? "the invariant" : "the %d invariants".formatted(count));
    }

    @Override
    public String flip(Step.Flip step) {
      MovePlan move = plan.move(step.move());
      return "have writes to %s write %s, too, and wait until that has settled"
          .formatted(move.source(), move.target());
    }

    @Override
    public String handOver(Step.HandOver step) {
      List<MovePlan> group = plan.together(step.move());
      String targets =
          group.stream()
              .map(move -> move.target().toString())
              .distinct()
              .collect(Collectors.joining(", "));
      return "hand over to "
          + targets
          + (group.size() == 1 ? "" : ", %d moves in one transaction".formatted(group.size()));
    }

    @Override
    public String hold(Step.Hold step) {
      return "keep the old side warm for " + Durations.format(step.stability());
    }

    @Override
    public String removeCapture(Step.RemoveCapture step) {
      MovePlan move = plan.move(step.move());
      return "remove what was installed for %s".formatted(move.target());
    }
  }
}
