package dev.kedge.workflow;

import dev.kedge.plan.Plan;
import dev.kedge.workflow.Inbox.Answer;

/** What each signal asks for, and whether it can be had now. */
final class Commands {
  private final Plan plan;
  private final StatusBoard board;
  private final Orders orders;
  private final Helm helm;
  private final GateKeeper gates;
  private final Retreat retreat;
  private final Pace pace;

  Commands(
      Plan plan,
      StatusBoard board,
      Orders orders,
      Helm helm,
      GateKeeper gates,
      Retreat retreat,
      Pace pace) {
    this.plan = plan;
    this.board = board;
    this.orders = orders;
    this.helm = helm;
    this.gates = gates;
    this.retreat = retreat;
    this.pace = pace;
  }

  Answer approve(Message message) {
    return gates.approve(message);
  }

  Answer reject(Message message) {
    return gates.reject(message);
  }

  Answer pause(Message message) {
    if (board.state().ended()) {
      return over();
    }
    if (helm.waiting() && orders.goingOn()) {
      orders.stay();
      return Answer.yes("stays " + board.state().label());
    }
    if (helm.waiting()) {
      return Answer.yes(
          "the migration is " + board.state().label() + " already; nothing is written");
    }
    if (orders.pausing() != null) {
      orders.stay();
      return Answer.yes("the migration is pausing already");
    }
    orders.pause("paused by " + message.sender() + message.because());
    return Answer.yes("pausing; what is under way ends or is rolled back first");
  }

  /** Whether no pause is on its way any more. */
  boolean pauseHeeded() {
    return orders.pausing() == null || board.state().ended();
  }

  Answer resume(Message message) {
    boolean paused = helm.waiting() && board.state() == State.PAUSED;
    if (!paused && orders.pausing() == null) {
      return Answer.no(
          "the migration is not paused but "
              + board.state().label()
              + (board.state() == State.PARKED ? "; `retry` tries again" : "; nothing to resume"));
    }
    gates.exclude(message.by());
    orders.goOn();
    return Answer.yes("resuming");
  }

  Answer retry(Message message) {
    if (!helm.waiting() || board.state() != State.PARKED) {
      return Answer.no(
          "the migration is not parked but "
              + board.state().label()
              + (board.state() == State.PAUSED ? "; `resume` goes on" : "; nothing to retry"));
    }
    gates.exclude(message.by());
    orders.retry(message.by());
    return Answer.yes("trying again");
  }

  Answer rollBack(Message message) {
    return turn(Orders.Turn.ROLLBACK, message);
  }

  Answer abort(Message message) {
    return turn(Orders.Turn.ABORT, message);
  }

  Answer tune(Message message) {
    return board.state().ended() ? over() : pace.tune(message);
  }

  private Answer turn(Orders.Turn turn, Message message) {
    if (board.state().ended()) {
      return over();
    }
    Orders.Turn earlier = orders.turn();
    if (earlier != null) {
      return Answer.no(
          "the migration is "
              + earlier.doing()
              + " already"
              + (helm.waiting() ? "; `retry` goes on" : ""));
    }
    if (retreat.closed()) {
      return Answer.no(
          "contract has begun, so only forward is left. What contract removes is archived in"
              + " schema kedge of database "
              + plan.spec().database()
              + ": create the old table or column again, and INSERT … SELECT from its archive");
    }
    orders.turn(turn, " by " + message.sender() + message.because());
    return Answer.yes(turn.doing());
  }

  private Answer over() {
    return Answer.no(
        "the migration is " + board.state().label() + "; nothing can be changed any more");
  }
}
