package dev.kedge.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.plan.MovePlan;
import dev.kedge.spec.Durations;
import dev.kedge.workflow.Inbox.Answer;
import io.temporal.workflow.CompletablePromise;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How fast a backfill goes, as planned or tuned. */
final class Pace {
  private static final int MOST_LANES = 64;
  private static final Duration SHORTEST_CHUNK = Duration.ofMillis(1);
  private static final Duration LONGEST_CHUNK = Duration.ofSeconds(10);

  private @Nullable Integer lanes;
  private @Nullable Long chunkMillis;
  private CompletablePromise<Void> change = Workflow.newPromise();

  /** Lanes for a move: as tuned, else as planned. */
  int lanes(MovePlan move) {
    return lanes == null ? move.lanes() : lanes;
  }

  @Nullable Integer tunedLanes() {
    return lanes;
  }

  /** The chunk as tuned last; null when it never was. */
  @Nullable Long tunedChunkMillis() {
    return chunkMillis;
  }

  boolean tuned() {
    return lanes != null || chunkMillis != null;
  }

  void restore(@Nullable Integer carriedLanes, @Nullable Long carriedChunk) {
    lanes = carriedLanes;
    chunkMillis = carriedChunk;
  }

  /** Completes when the pace changes next. */
  Promise<Void> change() {
    return change;
  }

  /** Takes a new pace, or says why not. */
  Answer tune(Message message) {
    Optional<JsonNode> wantedLanes = message.field("lanes");
    Optional<String> wantedChunk = message.text("chunk");
    if (wantedLanes.isEmpty() && wantedChunk.isEmpty()) {
      return Answer.no(
          "tune needs lanes, chunk or both: {\"lanes\":4,\"chunk\":\"50ms\"}"
              + message.unknownFields());
    }
    return wantedLanes
        .flatMap(Pace::laneComplaint)
        .or(() -> wantedChunk.flatMap(Pace::chunkComplaint))
        .map(Answer::no)
        .orElseGet(() -> take(wantedLanes.map(JsonNode::intValue), wantedChunk));
  }

  private Answer take(Optional<Integer> newLanes, Optional<String> newChunk) {
    StringBuilder told = new StringBuilder("from now on");
    newLanes.ifPresent(
        number -> {
          lanes = number;
          told.append(' ').append(number).append(number == 1 ? " lane" : " lanes");
        });
    newChunk.ifPresent(
        text -> {
          chunkMillis = Durations.parse(text).toMillis();
          told.append(newLanes.isPresent() ? " and" : "").append(" chunks of ").append(text);
        });
    CompletablePromise<Void> heard = change;
    change = Workflow.newPromise();
    heard.complete(null);
    return Answer.yes(told.toString());
  }

  private static Optional<String> laneComplaint(JsonNode sent) {
    boolean fits =
        sent.isIntegralNumber()
            && sent.canConvertToInt()
            && sent.intValue() >= 1
            && sent.intValue() <= MOST_LANES;
    return fits
        ? Optional.empty()
        : Optional.of(
            "lanes must be a whole number from 1 to "
                + MOST_LANES
                + ", got "
                + Message.shortened(sent.toString(), 40));
  }

  private static Optional<String> chunkComplaint(String sent) {
    Duration chunk;
    try {
      chunk = Durations.parse(sent);
    } catch (IllegalArgumentException unreadable) {
      return Optional.of("chunk must be a duration like 50ms, got " + quoted(sent));
    }
    boolean fits = chunk.compareTo(SHORTEST_CHUNK) >= 0 && chunk.compareTo(LONGEST_CHUNK) <= 0;
    return fits
        ? Optional.empty()
        : Optional.of("chunk must be from 1ms to 10s, got " + quoted(sent));
  }

  private static String quoted(String text) {
    return "\"" + Message.shortened(text, 40) + "\"";
  }
}
