package dev.kedge.activity;

import io.temporal.activity.ActivityCancellationType;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import io.temporal.workflow.Workflow;
import java.time.Duration;

/**
 * Every timeout and retry with its reason, and the stubs made from them. What is not to be tried
 * again says so itself, see {@link Failures}. {@link TaskQueues#DDL} serves plans, registry, DDL,
 * capture and cutover; {@link TaskQueues#BACKFILL} serves backfill, tail and reconcile.
 */
public final class ActivityProfiles {
  /**
   * How long a lane or a tail works before it reports: long enough that history grows with time and
   * not with rows (six events a turn; four lanes, a tail and the readings of progress stay below
   * 250 an hour), short enough that a new worker gets its share the same hour. What cannot wait, a
   * pause, a new pace or a dead worker, does not wait for the end of a turn.
   */
  public static final Duration TURN_BUDGET = Duration.ofMinutes(15);

  /** Beyond twice its budget, a turn's worker is gone or stuck; the margin covers a last chunk. */
  static final Duration TURN_LIMIT = TURN_BUDGET.multipliedBy(2).plusMinutes(5);

  /**
   * How long a watch looks before it reports: it shares no work with anybody, and gates may wait
   * for a year.
   */
  public static final Duration WATCH_BUDGET = Duration.ofHours(4);

  /** As {@link #TURN_LIMIT}, of {@link #WATCH_BUDGET}. */
  static final Duration WATCH_LIMIT = WATCH_BUDGET.multipliedBy(2);

  /**
   * Without a heartbeat for so long another worker takes over. The fence keeps the first one
   * harmless, so the price of a wrong guess is one chunk done twice and rolled back once.
   */
  static final Duration HEARTBEAT = Duration.ofSeconds(30);

  /** Index builds and waits for a lock may rightly take days; heartbeats find the dead earlier. */
  static final Duration LONG_LIMIT = Duration.ofDays(30);

  /** Registry statements touch a handful of rows; a minute covers a failover's reconnect. */
  static final Duration SHORT_LIMIT = Duration.ofMinutes(1);

  /** The fence waits out two chunks (10 s at most each), then terminates, then commits. */
  static final Duration FENCE_LIMIT = Duration.ofMinutes(2);

  /** A plan rehearses on empty clones; whoever asked is sitting at a terminal. */
  static final Duration PLAN_LIMIT = Duration.ofMinutes(2);

  /** Somebody at a terminal gives up after this, queueing and retries included. */
  static final Duration PATIENCE = Duration.ofMinutes(5);

  /** A note is a courtesy for {@code list}; the walk does not wait longer for it. */
  static final Duration NOTE_PATIENCE = Duration.ofSeconds(20);

  /** Progress that is older than this is worth less than the next reading. */
  static final Duration PROGRESS_PATIENCE = Duration.ofSeconds(30);

  /** A verification that somebody asked for reads every row once and may be asked for again. */
  static final Duration VERIFY_LIMIT = Duration.ofHours(24);

  /**
   * Every invariant has up to two queries of a minute, and may wait for a follower; they are few.
   */
  static final Duration INVARIANTS_LIMIT = Duration.ofHours(2);

  /** A check beats between two queries, and one of them may take a minute. */
  static final Duration INVARIANTS_HEARTBEAT = Duration.ofMinutes(2);

  /** First wait after a failure that may pass: a failover takes seconds, not minutes. */
  static final Duration FIRST_RETRY = Duration.ofSeconds(1);

  /** The longest wait between attempts: a database that is back is noticed within it. */
  static final Duration LAST_RETRY = Duration.ofMinutes(1);

  /** People wait for a fence; it is tried again quickly. */
  static final Duration FENCE_FIRST_RETRY = Duration.ofMillis(200);

  static final Duration FENCE_LAST_RETRY = Duration.ofSeconds(10);

  /** What a person asked for and can ask for again. */
  static final int FEW_ATTEMPTS = 3;

  private ActivityProfiles() {}

  /** Registers, tunes: short, and tried until the database answers. */
  public static RegistryActivities registry(String summary) {
    return Workflow.newActivityStub(
        RegistryActivities.class,
        patient(TaskQueues.DDL, summary).setStartToCloseTimeout(SHORT_LIMIT).build());
  }

  /** Stops or opens all writes: short, and tried quickly until the database answers. */
  public static RegistryActivities fence(String summary) {
    return Workflow.newActivityStub(
        RegistryActivities.class,
        patient(TaskQueues.DDL, summary)
            .setStartToCloseTimeout(FENCE_LIMIT)
            .setRetryOptions(retries(FENCE_FIRST_RETRY, FENCE_LAST_RETRY).build())
            .build());
  }

  /** Notes that nobody waits for: given up after {@link #NOTE_PATIENCE}. */
  public static RegistryActivities notes(String summary) {
    return Workflow.newActivityStub(
        RegistryActivities.class, brief(TaskQueues.DDL, NOTE_PATIENCE, summary));
  }

  /** Readings of progress: given up after {@link #PROGRESS_PATIENCE}. */
  public static RegistryActivities progress(String summary) {
    return Workflow.newActivityStub(
        RegistryActivities.class, brief(TaskQueues.DDL, PROGRESS_PATIENCE, summary));
  }

  /** Answers for somebody at a terminal. */
  public static RegistryActivities listing(String summary) {
    return Workflow.newActivityStub(
        RegistryActivities.class, brief(TaskQueues.DDL, PATIENCE, summary));
  }

  /** Plans for somebody at a terminal. */
  public static PlanActivities planning(String summary) {
    return Workflow.newActivityStub(
        PlanActivities.class,
        ActivityOptions.newBuilder(brief(TaskQueues.DDL, PATIENCE, summary))
            .setStartToCloseTimeout(PLAN_LIMIT)
            .build());
  }

  public static DdlActivities ddl(String summary) {
    return Workflow.newActivityStub(DdlActivities.class, enduring(TaskQueues.DDL, summary));
  }

  public static CaptureActivities capture(String summary) {
    return Workflow.newActivityStub(CaptureActivities.class, enduring(TaskQueues.DDL, summary));
  }

  public static CutoverActivities cutover(String summary) {
    return Workflow.newActivityStub(CutoverActivities.class, enduring(TaskQueues.DDL, summary));
  }

  /** Index work of a backfill: long, one at a time. */
  public static BackfillActivities indexes(String summary) {
    return Workflow.newActivityStub(
        BackfillActivities.class, enduring(TaskQueues.BACKFILL, summary));
  }

  /** A lane's turns, each at most {@link #TURN_BUDGET} unless its worker is stuck. */
  public static BackfillActivities lane(String summary) {
    return Workflow.newActivityStub(BackfillActivities.class, turns(summary, TURN_LIMIT));
  }

  /** A tail's turns, as {@link #lane}. */
  public static TailActivities tail(String summary) {
    return Workflow.newActivityStub(TailActivities.class, turns(summary, TURN_LIMIT));
  }

  /** A watch's turns, each at most {@link #WATCH_BUDGET} unless its worker is stuck. */
  public static TailActivities watch(String summary) {
    return Workflow.newActivityStub(TailActivities.class, turns(summary, WATCH_LIMIT));
  }

  /** Waits until a tail has caught up: as long as it takes. */
  public static TailActivities catchUp(String summary) {
    return Workflow.newActivityStub(TailActivities.class, enduring(TaskQueues.BACKFILL, summary));
  }

  /** Compares and repairs: as long as it takes. */
  public static ReconcileActivities reconcile(String summary) {
    return Workflow.newActivityStub(
        ReconcileActivities.class, enduring(TaskQueues.BACKFILL, summary));
  }

  /** Seals evidence: short, no heartbeat, tried until the database answers. */
  public static ReconcileActivities seal(String summary) {
    return Workflow.newActivityStub(
        ReconcileActivities.class,
        patient(TaskQueues.BACKFILL, summary).setStartToCloseTimeout(SHORT_LIMIT).build());
  }

  /**
   * Checks invariants: as long as the spec lets their queries run, tried until the database
   * answers. Not waited for when called off: it writes a few results under the fence.
   */
  public static InvariantActivities invariants(String summary) {
    return Workflow.newActivityStub(
        InvariantActivities.class,
        patient(TaskQueues.BACKFILL, summary)
            .setStartToCloseTimeout(INVARIANTS_LIMIT)
            .setHeartbeatTimeout(INVARIANTS_HEARTBEAT)
            .setCancellationType(ActivityCancellationType.ABANDON)
            .build());
  }

  /** Notes that evidence is void: given up after {@link #NOTE_PATIENCE}, the walk stops anyway. */
  public static ReconcileActivities voiding(String summary) {
    return Workflow.newActivityStub(
        ReconcileActivities.class, brief(TaskQueues.BACKFILL, NOTE_PATIENCE, summary));
  }

  /** A compare that somebody asked for: long, but given up after a few attempts. */
  public static ReconcileActivities verification(String summary) {
    return Workflow.newActivityStub(ReconcileActivities.class, verifying(summary));
  }

  /** The same of tables that no migration works on. */
  public static VerifyActivities tables(String summary) {
    return Workflow.newActivityStub(VerifyActivities.class, verifying(summary));
  }

  private static ActivityOptions verifying(String summary) {
    return ActivityOptions.newBuilder(enduring(TaskQueues.BACKFILL, summary))
        .setStartToCloseTimeout(VERIFY_LIMIT)
        .setScheduleToCloseTimeout(VERIFY_LIMIT)
        .setRetryOptions(retries(FIRST_RETRY, LAST_RETRY).setMaximumAttempts(FEW_ATTEMPTS).build())
        .build();
  }

  /**
   * A turn that is called off is not waited for: what stops it is the fence, or a heartbeat that
   * nobody answers. (The in-memory server never lets go of a workflow that cancels an activity in
   * the moment it ends by itself, and fenced turns end all at once.)
   */
  private static ActivityOptions turns(String summary, Duration limit) {
    return ActivityOptions.newBuilder(enduring(TaskQueues.BACKFILL, summary))
        .setStartToCloseTimeout(limit)
        .setCancellationType(ActivityCancellationType.ABANDON)
        .build();
  }

  /** Long, heartbeating, and tried until the database answers. */
  private static ActivityOptions enduring(String queue, String summary) {
    return patient(queue, summary)
        .setStartToCloseTimeout(LONG_LIMIT)
        .setHeartbeatTimeout(HEARTBEAT)
        .build();
  }

  /**
   * Unlimited attempts: shutting a worker down counts as one, and a deploy must not end a
   * migration. A cancelled activity is waited for, since what it committed last is to be known.
   */
  private static ActivityOptions.Builder patient(String queue, String summary) {
    return ActivityOptions.newBuilder()
        .setTaskQueue(queue)
        .setSummary(summary)
        .setCancellationType(ActivityCancellationType.WAIT_CANCELLATION_COMPLETED)
        .setRetryOptions(retries(FIRST_RETRY, LAST_RETRY).build());
  }

  /** A few attempts within {@code patience}, queueing included; then the asker hears of it. */
  private static ActivityOptions brief(String queue, Duration patience, String summary) {
    return ActivityOptions.newBuilder()
        .setTaskQueue(queue)
        .setSummary(summary)
        .setStartToCloseTimeout(patience)
        .setScheduleToCloseTimeout(patience)
        .setRetryOptions(retries(FIRST_RETRY, LAST_RETRY).setMaximumAttempts(FEW_ATTEMPTS).build())
        .build();
  }

  private static RetryOptions.Builder retries(Duration first, Duration last) {
    return RetryOptions.newBuilder().setInitialInterval(first).setMaximumInterval(last);
  }
}
