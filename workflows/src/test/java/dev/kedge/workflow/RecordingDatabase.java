package dev.kedge.workflow;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.kedge.activity.BackfillActivities;
import dev.kedge.activity.CaptureActivities;
import dev.kedge.activity.CutoverActivities;
import dev.kedge.activity.DdlActivities;
import dev.kedge.activity.Failures;
import dev.kedge.activity.InvariantActivities;
import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.PlanActivities;
import dev.kedge.activity.ReconcileActivities;
import dev.kedge.activity.RegistryActivities;
import dev.kedge.activity.Scope;
import dev.kedge.activity.TailActivities;
import dev.kedge.activity.VerifyActivities;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Refusal;
import dev.kedge.spec.Spec;
import io.temporal.activity.Activity;
import io.temporal.failure.ApplicationErrorCategory;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A database that remembers what it was asked, keeps the fence as a real one does, and can be told
 * to fail or to take its time.
 */
final class RecordingDatabase
    implements RegistryActivities,
        DdlActivities,
        CaptureActivities,
        BackfillActivities,
        TailActivities,
        ReconcileActivities,
        InvariantActivities,
        CutoverActivities,
        PlanActivities,
        VerifyActivities {
  final ConcurrentLinkedQueue<String> asked = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<StateNote> states = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<DecisionNote> decisions = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<TuneRequest> tunings = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<TailRequest> followed = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<SealRequest> sealed = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<UndoRequest> undone = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<RepairRequest> repairs = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<RoundRequest> looks = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<VoidRequest> voided = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<Round> rounds = new ConcurrentLinkedQueue<>();
  final Map<Integer, Deque<Comparison>> comparisons = new ConcurrentHashMap<>();
  final Deque<InvariantReport> reports = new ConcurrentLinkedDeque<>();
  final Deque<InvariantReport> dueReports = new ConcurrentLinkedDeque<>();
  final AtomicLong epoch = new AtomicLong();
  volatile boolean open;
  volatile boolean adopted;
  volatile List<String> finished = List.of();
  volatile boolean notesFail;
  volatile @Nullable String limit;
  volatile MoveProgress.@Nullable Quarantined quarantine;
  volatile long archivedRows;
  volatile List<Refusal> refusals = List.of();

  /** Whether turns take their whole budget. */
  volatile boolean turnsLast;

  /** Readings wait for it, a fence or not; null when they do not. */
  volatile @Nullable CountDownLatch readings;

  final AtomicLong readingsThatWait = new AtomicLong();

  /** How long those of tails take then; null for a budget. */
  volatile @Nullable Duration tailTurns;

  private final Map<String, Deque<Supplier<RuntimeException>>> failures = new ConcurrentHashMap<>();
  private final Map<String, CountDownLatch> held = new ConcurrentHashMap<>();
  private final Map<String, Deque<LaneResult>> laneResults = new ConcurrentHashMap<>();
  private final AtomicLong evidence = new AtomicLong();

  /** The next time it is asked {@code what} it fails so. */
  void failOnce(String what, Supplier<RuntimeException> failure) {
    failures.computeIfAbsent(what, any -> new ConcurrentLinkedDeque<>()).add(failure);
  }

  /** Takes its time for {@code what} until {@link #release}, or until it is fenced. */
  void hold(String what) {
    held.put(what, new CountDownLatch(1));
  }

  void release(String what) {
    CountDownLatch latch = held.remove(what);
    if (latch != null) {
      latch.countDown();
    }
  }

  /** The next compares of the move come to this. */
  void compareTo(int move, Comparison... results) {
    comparisons
        .computeIfAbsent(move, any -> new ConcurrentLinkedDeque<>())
        .addAll(List.of(results));
  }

  /** The next turns of the lane come to this; then it is done. */
  void lane(int lane, Outcome... outcomes) {
    Deque<LaneResult> results = new ArrayDeque<>();
    for (Outcome outcome : outcomes) {
      results.add(new LaneResult(outcome, 10, 1));
    }
    laneResults.put("lane " + lane, results);
  }

  /** What was asked, apart from what {@code prefixes} begin. */
  List<String> askedBesides(String... prefixes) {
    return asked.stream()
        .filter(call -> List.of(prefixes).stream().noneMatch(call::startsWith))
        .toList();
  }

  /** How often it was asked {@code what}. */
  long times(String what) {
    return asked.stream().filter(what::equals).count();
  }

  static Comparison equal(int move) {
    return differing(move, 0, 0);
  }

  static Comparison differing(int move, long missing, long different) {
    return new Comparison(
        move, 100, missing, 0, different, 0, 0, 100, 0, List.of(), "2026-01-01T00:00:00Z");
  }

  static Comparison notComparable(int move, String reason) {
    return new Comparison(
        move, 0, 0, 0, 0, 1, 0, 0, 0, List.of(), "2026-01-01T00:00:00Z", List.of(reason));
  }

  @Override
  public Registration register(RegisterRequest request) {
    ask("register");
    open = true;
    return new Registration(epoch.incrementAndGet(), adopted, finished);
  }

  @Override
  public long fence(FenceRequest request) {
    ask("fence " + (request.open() ? "open" : "shut"));
    open = request.open();
    return epoch.incrementAndGet();
  }

  @Override
  public void noteState(StateNote note) {
    if (notesFail) {
      throw Failures.refused("no notes today");
    }
    states.add(note);
  }

  @Override
  public void noteDecision(DecisionNote note) {
    decisions.add(note);
  }

  @Override
  public Progress readProgress(Scope scope) {
    awaitReadings();
    MoveProgress move =
        new MoveProgress("s", "t", 50L, 100L, 10.0, 5.0, 2, 7L, null, null, 3L, null)
            .quarantine(quarantine);
    return new Progress(
        List.of(limit == null ? move : move.throttledBy(limit).following("trailing")),
        80L,
        JsonNodeFactory.instance.objectNode(),
        limit == null
            ? List.of()
            : List.of(new Reading("throttle", "replicationLag", 3_200.0, 2_000, null, "now")),
        limit == null ? List.of() : List.of(new Observation("then", "slower: " + limit)));
  }

  @Override
  public void tune(TuneRequest request) {
    tunings.add(request);
    ask("tune");
    takeTime("tune", request.scope());
  }

  @Override
  public List<RegistryEntry> listMigrations() {
    ask("listMigrations");
    return List.of();
  }

  @Override
  public void applyDdl(DdlRequest request) {
    work(
        "applyDdl " + request.step().phase().label() + " " + request.step().number(),
        request.scope());
  }

  @Override
  public UndoResult undoDdl(UndoRequest request) {
    work("undoDdl " + request.step().number(), request.scope());
    undone.add(request);
    List<String> archives = request.archive().isEmpty() ? List.of() : List.of("kedge.archive_1");
    return new UndoResult(true, archives.isEmpty() ? 0 : archivedRows, archives);
  }

  @Override
  public void installCapture(MoveScope request) {
    work("installCapture", request);
  }

  @Override
  public void removeCapture(MoveScope request) {
    work("removeCapture", request);
  }

  @Override
  public void deferIndexes(MoveScope request) {
    work("deferIndexes", request);
  }

  @Override
  public LaneResult fillRanges(LaneRequest request) {
    String call = "fillRanges " + request.move().move().number() + " lane " + request.lane();
    last(request.budget().plusSeconds(7L * request.lane()));
    ask(call);
    if (!mayWrite(request.move().scope()) || !takeTime(call, request.move().scope())) {
      return new LaneResult(Outcome.FENCED, 0, 0);
    }
    Deque<LaneResult> results = laneResults.get("lane " + request.lane());
    LaneResult next = results == null ? null : results.poll();
    return next == null ? new LaneResult(Outcome.DONE, 100, 10) : next;
  }

  @Override
  public void restoreIndexes(MoveScope request) {
    work("restoreIndexes", request);
  }

  @Override
  public TailResult followTail(TailRequest request) {
    String call = "followTail " + request.move().move().number();
    followed.add(request);
    Duration turns = tailTurns;
    last(turns == null ? request.budget().plusSeconds(3) : turns);
    ask(call);
    boolean mine = mayWrite(request.move().scope()) && takeTime(call, request.move().scope());
    return new TailResult(mine ? Outcome.BUDGET : Outcome.FENCED, 1, 1);
  }

  @Override
  public TailResult watchGuards(TailRequest request) {
    String call = "watchGuards " + request.move().move().number();
    ask(call);
    if (!held.containsKey(call)) {
      // It stands, whatever the others do: turn after turn without time would be a loop.
      lastAnyway(request.budget().plusSeconds(3));
    }
    boolean mine = mayWrite(request.move().scope()) && takeTime(call, request.move().scope());
    return new TailResult(mine ? Outcome.BUDGET : Outcome.FENCED, 0, 0);
  }

  @Override
  public void awaitCaughtUp(MoveScope request) {
    work("awaitCaughtUp", request);
  }

  @Override
  public Comparison compareMove(MoveScope request) {
    work("compareMove", request);
    return nextComparison(request.move().number());
  }

  @Override
  public Comparison compareCaptured(MoveScope request) {
    work("compareCaptured", request);
    return nextComparison(request.move().number());
  }

  @Override
  public Comparison compareTables(TablesRequest request) {
    ask("compareTables " + request.move().number() + " " + request.samplePercent() + " %");
    return nextComparison(request.move().number());
  }

  @Override
  public Repair repairFindings(RepairRequest request) {
    repairs.add(request);
    work("repairFindings", request.where());
    return new Repair(1, 0);
  }

  @Override
  public Evidence sealEvidence(SealRequest request) {
    ask("sealEvidence " + request.gate().label());
    sealed.add(request);
    int number = (int) evidence.incrementAndGet();
    boolean clean = request.comparisons().stream().allMatch(each -> each.unproven() == 0);
    return new Evidence(number, "sha256:" + number, request.gate(), clean, "{}");
  }

  @Override
  public InvariantReport checkInvariants(InvariantRequest request) {
    work(request.due() ? "checkInvariants due" : "checkInvariants", request.scope());
    Deque<InvariantReport> next = request.due() ? dueReports : reports;
    InvariantReport report = next.poll();
    return report == null ? InvariantTest.report(InvariantState.HOLDS) : report;
  }

  @Override
  public Round proveAgain(RoundRequest request) {
    looks.add(request);
    work((request.promotion() ? "lastLook " : "look ") + request.gate().label(), request.scope());
    Round next = rounds.poll();
    return next == null ? new Round(looks.size(), true, List.of(), List.of(), "now") : next;
  }

  /** A look that is not clean, and what it found of the first move. */
  static Round doubtful(String doubt, Comparison... comparisons) {
    return new Round(1, false, List.of(doubt), List.of(comparisons), "now");
  }

  @Override
  public void voidEvidence(VoidRequest request) {
    voided.add(request);
  }

  @Override
  public HandoverResult handOver(MoveScope request) {
    work("handOver", request);
    return new HandoverResult(true, 1, 6L, 3L, 0);
  }

  @Override
  public FlipResult flip(MoveScope request) {
    work("flip", request);
    return new FlipResult(true, 1, 6L, 3L);
  }

  @Override
  public HandoverResult handBack(MoveScope request) {
    work("handBack", request);
    return new HandoverResult(true, 1, 6L, 3L, 0);
  }

  @Override
  public Plan makePlan(Spec spec) {
    ask("makePlan");
    throw Failures.unavailable("cannot reach database app");
  }

  @Override
  public Plan planComparison(Spec spec) {
    ask("planComparison");
    Plan plan = Plans.twoCopies().build();
    return new Plan(
        plan.form(),
        plan.planHash(),
        spec,
        plan.catalogHash(),
        refusals.isEmpty() ? plan.moves() : List.of(),
        List.of(),
        refusals,
        List.of());
  }

  @Override
  public List<Refusal> checkPlan(Plan plan) {
    ask("checkPlan");
    return List.of();
  }

  private Comparison nextComparison(int move) {
    Deque<Comparison> results = comparisons.get(move);
    Comparison next = results == null ? null : results.poll();
    return next == null ? equal(move) : next;
  }

  private void work(String what, MoveScope move) {
    work(what + " " + move.move().number(), move.scope());
  }

  private void work(String call, Scope scope) {
    ask(call);
    if (!mayWrite(scope) || !takeTime(call, scope)) {
      throw Failures.fenced("epoch " + scope.epoch() + " is over");
    }
  }

  private void ask(String call) {
    asked.add(call);
    Deque<Supplier<RuntimeException>> planned = failures.get(call);
    Supplier<RuntimeException> failure = planned == null ? null : planned.poll();
    if (failure != null) {
      throw failure.get();
    }
  }

  /**
   * Takes so long, without holding time up: no time is skipped while an activity runs, but until it
   * is tried again. A retry leaves no events.
   */
  private void last(Duration length) {
    if (turnsLast) {
      lastAnyway(length);
    }
  }

  private static void lastAnyway(Duration length) {
    if (Activity.getExecutionContext().getInfo().getAttempt() == 1) {
      throw ApplicationFailure.newBuilder()
          .setMessage("under way")
          .setType("UnderWay")
          .setCategory(ApplicationErrorCategory.BENIGN)
          .setNextRetryDelay(length)
          .build();
    }
  }

  private void awaitReadings() {
    CountDownLatch latch = readings;
    if (latch != null) {
      readingsThatWait.incrementAndGet();
      try {
        latch.await();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private boolean mayWrite(Scope scope) {
    return open && scope.epoch() == epoch.get();
  }

  /** Whether it could be finished before the fence came. */
  private boolean takeTime(String call, Scope scope) {
    @Nullable CountDownLatch latch = held.get(call);
    try {
      while (latch != null && !latch.await(10, TimeUnit.MILLISECONDS)) {
        Activity.getExecutionContext().heartbeat(call);
        if (!mayWrite(scope)) {
          return false;
        }
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
    return true;
  }
}
