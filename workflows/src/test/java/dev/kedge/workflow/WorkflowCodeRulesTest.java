package dev.kedge.workflow;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;
import java.io.Serializable;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Random;
import java.util.Timer;
import java.util.TimerTask;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.slf4j.LoggerFactory;

/** The arrows between the packages of this module, and what workflow code must not touch. */
@AnalyzeClasses(packages = "dev.kedge", importOptions = ImportOption.DoNotIncludeTests.class)
final class WorkflowCodeRulesTest {
  private static final String SPEC = "dev.kedge.spec..";
  private static final String PLAN = "dev.kedge.plan..";
  private static final String ACTIVITY = "dev.kedge.activity..";
  private static final String WORKFLOW = "dev.kedge.workflow..";
  private static final String CONSOLE = "dev.kedge.console..";

  @ArchTest
  static final ArchRule specStandsAlone =
      classesIn(SPEC)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(PLAN, ACTIVITY, WORKFLOW)
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule planKnowsOnlySpec =
      classesIn(PLAN)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ACTIVITY, WORKFLOW)
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule activityDoesNotKnowWorkflow =
      classesIn(ACTIVITY)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(WORKFLOW)
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule nothingThatIsReplayedKnowsTheConsole =
      noClasses()
          .that()
          .resideInAnyPackage(SPEC, PLAN, ACTIVITY, WORKFLOW)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(CONSOLE)
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule nothingHereKnowsJdbc =
      classesIn("dev.kedge..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.sql..", "javax.sql..", "org.postgresql..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule workflowsDoNoInputOrOutput =
      forbidden(
          resideInAnyPackage("java.io..", "java.net..", "java.nio.file..", "java.nio.channels..")
              .and(DescribedPredicate.not(equivalentTo(Serializable.class))),
          "everything outside is left to activities");

  @ArchTest
  static final ArchRule workflowsStartNoThreads =
      forbidden(
          assignableTo(Thread.class)
              .or(assignableTo(Executor.class))
              .or(assignableTo(Executors.class))
              .or(assignableTo(CompletionStage.class))
              .or(assignableTo(Timer.class))
              .or(assignableTo(TimerTask.class))
              .or(resideInAPackage("java.util.concurrent.locks..")),
          "Async, Promise and Workflow.await are replayed, threads are not");

  @ArchTest
  static final ArchRule workflowsDrawNoLots =
      forbidden(assignableTo(Random.class), "Workflow.newRandom is replayed");

  @ArchTest
  static final ArchRule workflowsLogOncePerEvent =
      forbidden(
          equivalentTo(LoggerFactory.class), "Workflow.getLogger keeps silent during a replay");

  @ArchTest
  static final ArchRule workflowsCallNothingThatDiffersOnReplay =
      classesIn(WORKFLOW)
          .should()
          .accessTargetWhere(
              call(UUID.class, "randomUUID")
                  .or(call(System.class, "currentTimeMillis"))
                  .or(call(System.class, "nanoTime"))
                  .or(call(System.class, "getenv"))
                  .or(call(System.class, "getProperty"))
                  .or(call(Math.class, "random"))
                  .or(parallelStream())
                  .or(clock())
                  .as("read the clock, the machine or chance"))
          .because("a replay must decide as the first run did; see Workflow.*")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule workflowsIterateInOneOrder =
      classesIn(WORKFLOW)
          .should()
          .accessTargetWhere(
              call(HashMap.class, "<init>")
                  .or(call(HashSet.class, "<init>"))
                  .as("make a HashMap or HashSet"))
          .because("LinkedHashMap, LinkedHashSet and TreeMap have an order that a replay repeats")
          .allowEmptyShould(true);

  private static GivenClassesConjunction classesIn(String packages) {
    return noClasses().that().resideInAPackage(packages);
  }

  private static ArchRule forbidden(DescribedPredicate<? super JavaClass> what, String because) {
    return classesIn(WORKFLOW)
        .should()
        .dependOnClassesThat(what)
        .because(because)
        .allowEmptyShould(true);
  }

  private static DescribedPredicate<JavaAccess<?>> call(Class<?> type, String method) {
    return JavaAccess.Predicates.target(owner(equivalentTo(type)))
        .and(JavaAccess.Predicates.target(name(method)))
        .forSubtype();
  }

  private static DescribedPredicate<JavaAccess<?>> parallelStream() {
    return JavaAccess.Predicates.target(owner(assignableTo(Collection.class)))
        .and(JavaAccess.Predicates.target(name("parallelStream")))
        .forSubtype();
  }

  private static DescribedPredicate<JavaAccess<?>> clock() {
    DescribedPredicate<JavaAccess<?>> time =
        JavaAccess.Predicates.target(owner(resideInAPackage("java.time.."))).forSubtype();
    return time.and(JavaAccess.Predicates.target(name("now").or(name("systemUTC")))).forSubtype();
  }
}
