package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.RegistryActivities.FenceRequest;
import dev.kedge.activity.Scope;
import dev.kedge.plan.Plan;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.workflow.Functions;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries out one piece of work after another, and stops when people or the database say so: bumps
 * the epoch first, so that nothing can commit any more, then calls off what runs. To go on it asks
 * for a new epoch and does the interrupted piece again; every activity can be done twice.
 */
final class Helm {
  /**
   * Fenced work ends by itself within a chunk. Only what does not is cancelled: see {@link Timers}
   * for the server that cannot stand both at once.
   */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private static final String RESUMES = "`resume` goes on where it stopped";

  private final Orders orders;
  private final StatusBoard board;
  private final Children children = new Children();
  private final Tails tails;
  private final Supplier<Boolean> turnable;
  private Scope scope;
  private boolean registered;

  /** Whether the database lets this run write. */
  private boolean open;

  /** Whether a person is to say how to go on. */
  private boolean waiting;

  /** Whether work that only waits is to end. */
  private boolean lettingGo;

  /**
   * @param turnable whether the walk can still be turned back
   */
  Helm(Plan plan, Orders orders, StatusBoard board, Supplier<Boolean> turnable) {
    this.orders = orders;
    this.board = board;
    this.turnable = turnable;
    this.scope = new Scope(plan.spec().migration(), plan.spec().database(), 0);
    this.tails = new Tails(plan, children, this::scope, () -> orders.turn() != null, board);
  }

  /** On whose behalf, at the epoch that holds now. */
  Scope scope() {
    return scope;
  }

  Tails tails() {
    return tails;
  }

  Children children() {
    return children;
  }

  boolean registered() {
    return registered;
  }

  /** Whether it has stopped until a person says how to go on. */
  boolean waiting() {
    return waiting;
  }

  /** The database knows the migration, and lets it write under this epoch. */
  void registered(long epoch) {
    scope = scope.at(epoch);
    registered = true;
    open = true;
  }

  /**
   * Does {@code work} to its end, however often it is interrupted. Throws {@link Orders.Turned}
   * when people turn the walk back, and {@link Renewal} when the work asks for another run.
   */
  void perform(String what, Functions.Proc work) {
    ready();
    while (!attempt(what, work)) {
      ready();
    }
  }

  /** Nothing may write and nothing runs any more: before the way back, or when the run ends. */
  void letGo(String reason) {
    if (open && registered) {
      fence(false, reason);
      open = false;
    }
    tails.dismissAll();
  }

  /** Waits within a piece of work for what no activity does; ends when the work is called off. */
  void await(Supplier<Boolean> condition) {
    Workflow.await(() -> lettingGo || condition.get());
    if (!condition.get()) {
      throw new CanceledFailure("called off");
    }
  }

  private boolean attempt(String what, Functions.Proc work) {
    board.goesOn(what);
    Strand strand = Strand.start(work);
    Workflow.await(() -> strand.ended() || orders.stopping() || tails.broken());
    if (strand.succeeded()) {
      return true;
    }
    if (!orders.stopping() && strand.failure() instanceof Renewal renewal) {
      throw renewal;
    }
    if (!orders.stopping()) {
      heed(strand, trouble(strand));
    } else if (orders.turnPending()) {
      turn(strand);
    } else {
      pause(strand);
    }
    return strand.succeeded();
  }

  private Trouble trouble(Strand strand) {
    RuntimeException failure = strand.failure();
    Trouble ofTail = failure == null ? tails.trouble() : null;
    if (failure != null) {
      return Trouble.of(failure);
    }
    return ofTail == null ? Trouble.of("stopped for an unknown reason", Trouble.CHOICES) : ofTail;
  }

  /** Returns when work may be done. */
  private void ready() {
    do {
      if (orders.turnPending()) {
        turn(null);
        throw orders.takeTurn();
      }
      if (orders.pausing() != null) {
        pause(null);
      }
      if (waiting) {
        Workflow.await(() -> orders.goingOn() || orders.turnPending());
      }
    } while (orders.stopping() || !goOn());
    tails.start();
  }

  private boolean goOn() {
    orders.wentOn();
    waiting = false;
    if (!open && registered) {
      Trouble trouble = fence(true, "go on");
      if (trouble != null) {
        stopped(State.PARKED, trouble.reason(), trouble.help());
        return false;
      }
      open = true;
    }
    return true;
  }

  private void turn(@Nullable Strand strand) {
    Orders.Turn turn = orders.turn();
    String reason = turn == null ? "turning back" : turn.doing() + orders.turnReason();
    board.doing(reason);
    if (open && registered) {
      // A failure here shows again, and is answered, when the way back opens the fence.
      fence(false, reason);
    }
    open = false;
    waiting = false;
    callOff(strand);
  }

  private void pause(@Nullable Strand strand) {
    String reason = String.valueOf(orders.pausing());
    if (!waiting) {
      board.doing("pausing; what is under way ends or is rolled back");
      close(State.PAUSED, reason, RESUMES);
      callOff(strand);
    }
    orders.paused();
  }

  private void heed(Strand strand, Trouble trouble) {
    if (trouble.kind() == Trouble.Kind.ABORTS && turnable.get()) {
      // As if a person had asked for it.
      orders.turn(Orders.Turn.ABORT, " by " + trouble.reason());
      turn(strand);
    } else {
      halt(trouble);
      callOff(strand);
    }
  }

  private void halt(Trouble trouble) {
    switch (trouble.kind()) {
      case PARKS, RETURNED -> close(State.PARKED, trouble.reason(), trouble.help());
      case PAUSES -> close(State.PAUSED, trouble.reason(), trouble.help());
      case ABORTS ->
          close(State.PAUSED, trouble.reason() + "; it is too late to abort", trouble.help());
      case FENCED -> {
        // Somebody else owns the epoch now; taking it from them is for a person to decide.
        open = false;
        stopped(State.PAUSED, "fenced in the database: " + trouble.reason(), RESUMES);
      }
    }
  }

  private void close(State state, String reason, String help) {
    Trouble unfenced = open && registered ? fence(false, reason) : null;
    if (unfenced == null) {
      open = false;
      stopped(state, reason, help);
    } else {
      String both = reason + "; and the fence could not be set: " + unfenced.reason();
      stopped(State.PARKED, both, unfenced.help());
    }
  }

  private void stopped(State state, String reason, String help) {
    waiting = true;
    board.stopped(state, reason, help);
  }

  private void callOff(@Nullable Strand strand) {
    tails.stop();
    if (strand != null) {
      lettingGo = true;
      Workflow.await(GRACE, strand::ended);
      strand.callOff();
      lettingGo = false;
    }
  }

  /** Bumps the epoch; what went wrong, or null. */
  private @Nullable Trouble fence(boolean opening, String reason) {
    try {
      String summary = opening ? "open the fence: " + reason : "stop all writes: " + reason;
      long epoch =
          ActivityProfiles.fence(Message.shortened(summary, 120))
              .fence(new FenceRequest(scope, opening, Message.shortened(reason, 200)));
      scope = scope.at(epoch);
      return null;
    } catch (ActivityFailure failure) {
      return Trouble.of(failure);
    }
  }
}
