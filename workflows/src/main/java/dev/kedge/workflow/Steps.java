package dev.kedge.workflow;

import dev.kedge.plan.Course;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Step;
import dev.kedge.spec.TableName;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What people call the steps of a plan, in summaries and sentences. */
final class Steps implements Course<String> {
  private static final int STATEMENT = 120;
  private final Plan plan;

  Steps(Plan plan) {
    this.plan = plan;
  }

  /** The label under which the ledger knows a step: {@code phase/kind/number}. */
  static String label(Step step) {
    return step.phase().label() + "/" + step.kind() + "/" + step.follow(NUMBER);
  }

  private static final Course<Integer> NUMBER =
      new Course<>() {
        @Override
        public Integer applyDdl(Step.ApplyDdl step) {
          return step.number();
        }

        @Override
        public Integer awaitGate(Step.AwaitGate step) {
          return 1;
        }

        @Override
        public Integer deferIndexes(Step.DeferIndexes step) {
          return step.move();
        }

        @Override
        public Integer installCapture(Step.InstallCapture step) {
          return step.move();
        }

        @Override
        public Integer fill(Step.Fill step) {
          return step.move();
        }

        @Override
        public Integer restoreIndexes(Step.RestoreIndexes step) {
          return step.move();
        }

        @Override
        public Integer compare(Step.Compare step) {
          return step.move();
        }

        @Override
        public Integer checkInvariants(Step.CheckInvariants step) {
          return 1;
        }

        @Override
        public Integer flip(Step.Flip step) {
          return step.move();
        }

        @Override
        public Integer handOver(Step.HandOver step) {
          return step.move();
        }

        @Override
        public Integer hold(Step.Hold step) {
          return 1;
        }

        @Override
        public Integer removeCapture(Step.RemoveCapture step) {
          return step.move();
        }
      };

  @Override
  public String applyDdl(Step.ApplyDdl step) {
    String statement = step.statement().strip().replaceAll("\\s+", " ");
    String text = step.phase().label() + " " + step.number() + ": " + statement;
    return Message.shortened(text, STATEMENT);
  }

  @Override
  public String awaitGate(Step.AwaitGate step) {
    return "gate " + step.gate().label();
  }

  @Override
  public String deferIndexes(Step.DeferIndexes step) {
    return "defer indexes of " + move(step.move()).target();
  }

  @Override
  public String installCapture(Step.InstallCapture step) {
    return "capture writes to " + move(step.move()).source();
  }

  @Override
  public String fill(Step.Fill step) {
    return "backfill " + move(step.move()).target();
  }

  @Override
  public String restoreIndexes(Step.RestoreIndexes step) {
    return "build indexes of " + move(step.move()).target();
  }

  @Override
  public String compare(Step.Compare step) {
    return "compare " + move(step.move()).source() + " with " + move(step.move()).target();
  }

  @Override
  public String checkInvariants(Step.CheckInvariants step) {
    return "check invariants";
  }

  @Override
  public String flip(Step.Flip step) {
    return "have writes to %s write %s, too"
        .formatted(move(step.move()).source(), move(step.move()).target());
  }

  @Override
  public String handOver(Step.HandOver step) {
    return "hand writes over to " + listed(plan.together(step.move()), MovePlan::target);
  }

  @Override
  public String hold(Step.Hold step) {
    return "stability window of " + step.stability();
  }

  @Override
  public String removeCapture(Step.RemoveCapture step) {
    return "remove capture from " + move(step.move()).source();
  }

  /** The tables as people list them, each once. */
  static String listed(List<MovePlan> moves, Function<MovePlan, TableName> table) {
    return moves.stream()
        .map(move -> table.apply(move).toString())
        .distinct()
        .collect(Collectors.joining(", "));
  }

  private MovePlan move(int number) {
    return plan.move(number);
  }
}
