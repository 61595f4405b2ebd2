package dev.kedge.embedded;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * The arrows between the modules: workflows ← activities ← worker, workflows ← starter; on top
 * embedded, then bench.
 */
@AnalyzeClasses(packages = "dev.kedge", importOptions = ImportOption.DoNotIncludeTests.class)
final class ModuleRulesTest {
  private static final String ALL = "dev.kedge..";
  private static final String[] WORKFLOWS = {
    "dev.kedge.spec..",
    "dev.kedge.plan..",
    "dev.kedge.activity..",
    "dev.kedge.workflow..",
    "dev.kedge.console.."
  };
  private static final String[] ACTIVITIES = {
    "dev.kedge.postgres..",
    "dev.kedge.schema..",
    "dev.kedge.projection..",
    "dev.kedge.capture..",
    "dev.kedge.backfill..",
    "dev.kedge.reconcile..",
    "dev.kedge.inplace..",
    "dev.kedge.invariant..",
    "dev.kedge.drift..",
    "dev.kedge.ledger..",
    "dev.kedge.progress..",
    "dev.kedge.cutover..",
    "dev.kedge.throttle..",
    "dev.kedge.registry.."
  };
  private static final String WORKER = "dev.kedge.worker..";
  private static final String STARTER = "dev.kedge.starter..";
  private static final String EMBEDDED = "dev.kedge.embedded..";
  private static final String EMBEDDED_POSTGRES = "dev.kedge.embedded.postgres..";
  private static final String BENCH = "dev.kedge.bench..";

  @ArchTest
  static final ArchRule workflowsKnowNoOtherModule =
      noClasses()
          .that()
          .resideInAnyPackage(WORKFLOWS)
          .should()
          .dependOnClassesThat(resideInAPackage(ALL).and(not(resideInAnyPackage(WORKFLOWS))))
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule activitiesKnowNeitherWorkerNorStarter =
      noClasses()
          .that()
          .resideInAnyPackage(ACTIVITIES)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(WORKER, STARTER, EMBEDDED)
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule workerDoesNotKnowStarter =
      noClasses()
          .that()
          .resideInAPackage(WORKER)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(STARTER)
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule starterKnowsNeitherActivitiesNorWorker =
      noClasses()
          .that()
          .resideInAPackage(STARTER)
          .should()
          .dependOnClassesThat(resideInAnyPackage(ACTIVITIES).or(resideInAPackage(WORKER)))
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule onlyBenchKnowsEmbedded =
      noClasses()
          .that()
          .resideOutsideOfPackages(EMBEDDED, BENCH)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(EMBEDDED)
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule nothingKnowsBench =
      noClasses()
          .that()
          .resideOutsideOfPackage(BENCH)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(BENCH)
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule embeddedPostgresStandsAlone =
      noClasses()
          .that()
          .resideInAPackage(EMBEDDED_POSTGRES)
          .should()
          .dependOnClassesThat(resideInAPackage(ALL).and(not(resideInAPackage(EMBEDDED_POSTGRES))))
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule packagesFormNoCircle =
      slices().matching("dev.kedge.(*)..").should().beFreeOfCycles();
}
