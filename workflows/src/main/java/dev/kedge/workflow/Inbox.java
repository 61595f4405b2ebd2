package dev.kedge.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What people sent, and what became of it. Every signal gets a verdict; one whose request id was
 * seen before gets the verdict it had.
 */
final class Inbox {
  static final List<String> SIGNALS =
      List.of("approve", "reject", "pause", "resume", "retry", "rollback", "abort", "tune");

  /** Verdicts shown in the status; more would push out what is going on. */
  private static final int SHOWN = 10;

  /** Request ids remembered: many more than people send, and about 200 kB at the very most. */
  private static final int REMEMBERED = 1_000;

  /** Whoever asks for a verdict has sent the signal already; it cannot be much longer away. */
  private static final Duration VERDICT_PATIENCE = Duration.ofMinutes(1);

  private final StatusBoard board;
  private final List<Verdict> latest = new ArrayList<>();
  private final Map<String, Verdict> answered = new LinkedHashMap<>();
  private boolean closing;

  Inbox(StatusBoard board) {
    this.board = board;
  }

  /** What to make of a message whose form is right. */
  interface Reader extends Function<Message, Answer> {}

  /** Whether a signal did what it asked, the sentence for its sender, and {@link Verdict#code}. */
  record Answer(boolean accepted, String message, @Nullable String code) {
    static Answer yes(String message) {
      return new Answer(true, message, null);
    }

    static Answer no(String message) {
      return new Answer(false, message, null);
    }

    /** The sender may not decide this. */
    static Answer notAuthorised(String message) {
      return new Answer(false, message, Verdict.NOT_AUTHORISED);
    }
  }

  /** Reads a signal, unless it was read before, and keeps the verdict. */
  void receive(String signal, @Nullable JsonNode sent, Reader reader) {
    Message message = Message.of(sent);
    Optional<String> requestId = message.requestId();
    if (requestId.filter(answered::containsKey).isPresent()) {
      return;
    }
    Answer answer =
        message
            .complaint()
            .map(complaint -> Answer.no(complaint + "; nothing was changed"))
            .orElseGet(() -> reader.apply(message));
    keep(signal, requestId, answer);
  }

  /** Answers a signal that does not exist. */
  void misspelt(String name) {
    String shown = Message.shortened(name, 60);
    keep(
        shown,
        Optional.empty(),
        Answer.no(
            "there is no signal \""
                + shown
                + "\""
                + Spelling.hint(name, SIGNALS)
                + "; signals are "
                + String.join(", ", SIGNALS)
                + "; nothing was changed"));
  }

  /** Waits for the verdict on a request; gives up when it does not come. */
  Verdict verdictOf(@Nullable String requestId) {
    String id = requestId == null ? "" : requestId.strip();
    Workflow.await(VERDICT_PATIENCE, () -> closing || answered.containsKey(id));
    Verdict verdict = answered.get(id);
    return verdict != null
        ? verdict
        : new Verdict(
            "unknown", false, "no signal with request id \"" + id + "\" has arrived", Clock.now());
  }

  /** Whoever still waits for a verdict is told that none comes: the run ends. */
  void close() {
    closing = true;
  }

  /** The run goes on after all. */
  void reopen() {
    closing = false;
  }

  List<Verdict> latest() {
    return List.copyOf(latest);
  }

  Map<String, Verdict> answered() {
    return new LinkedHashMap<>(answered);
  }

  void restore(List<Verdict> verdicts, Map<String, Verdict> known) {
    latest.addAll(verdicts);
    answered.putAll(known);
  }

  private void keep(String signal, Optional<String> requestId, Answer answer) {
    Verdict verdict =
        new Verdict(signal, answer.accepted(), answer.message(), Clock.now(), answer.code());
    latest.add(verdict);
    if (latest.size() > SHOWN) {
      latest.remove(0);
    }
    requestId.ifPresent(id -> answered.put(id, verdict));
    if (answered.size() > REMEMBERED) {
      answered.remove(answered.keySet().iterator().next());
    }
    board.verdicts(latest());
  }
}
