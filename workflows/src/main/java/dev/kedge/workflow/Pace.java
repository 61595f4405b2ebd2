package dev.kedge.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.plan.MovePlan;
import dev.kedge.spec.BackfillSettings;
import dev.kedge.spec.Durations;
import dev.kedge.workflow.Inbox.Answer;
import io.temporal.workflow.CompletablePromise;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How fast a backfill goes, as planned or tuned. */
final class Pace {
  private static final int MOST_LANES = 64;
  private static final String NO_RATE = "none";
  private static final Duration SHORTEST_CHUNK = Duration.ofMillis(1);
  private static final Duration LONGEST_CHUNK = Duration.ofSeconds(10);

  private @Nullable Integer lanes;
  private @Nullable Long chunkMillis;
  private @Nullable Long maxRate;
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

  /** Rows a second as tuned last, 0 for no bound; null when it never was. */
  @Nullable Long tunedMaxRate() {
    return maxRate;
  }

  boolean tuned() {
    return lanes != null || chunkMillis != null || maxRate != null;
  }

  void restore(
      @Nullable Integer carriedLanes, @Nullable Long carriedChunk, @Nullable Long carriedRate) {
    lanes = carriedLanes;
    chunkMillis = carriedChunk;
    maxRate = carriedRate;
  }

  /** Completes when the pace changes next. */
  Promise<Void> change() {
    return change;
  }

  /** Takes a new pace, or says why not. */
  Answer tune(Message message) {
    Optional<JsonNode> newLanes = message.field("lanes");
    Optional<String> newChunk = message.text("chunk");
    Optional<JsonNode> newRate = message.field("maxRate");
    if (newLanes.isEmpty() && newChunk.isEmpty() && newRate.isEmpty()) {
      return Answer.no(
          "tune needs lanes, chunk, maxRate or several: {\"lanes\":4,\"chunk\":\"50ms\","
              + "\"maxRate\":5000}"
              + message.unknownFields());
    }
    return newLanes
        .flatMap(Pace::laneComplaint)
        .or(() -> newChunk.flatMap(Pace::chunkComplaint))
        .or(() -> newRate.flatMap(Pace::rateComplaint))
        .map(Answer::no)
        .orElseGet(() -> take(newLanes, newChunk, newRate));
  }

  private Answer take(
      Optional<JsonNode> newLanes, Optional<String> newChunk, Optional<JsonNode> newRate) {
    List<String> told = new ArrayList<>();
    newLanes.ifPresent(
        number -> {
          lanes = number.intValue();
          told.add(lanes + (lanes == 1 ? " lane" : " lanes"));
        });
    newChunk.ifPresent(
        text -> {
          chunkMillis = Durations.parse(text).toMillis();
          told.add("chunks of " + text);
        });
    newRate.ifPresent(
        number -> {
          maxRate = number.isTextual() ? 0 : number.longValue();
          told.add(maxRate == 0 ? "no bound on the rate" : "at most " + maxRate + " rows/s");
        });
    CompletablePromise<Void> heard = change;
    change = Workflow.newPromise();
    heard.complete(null);
    return Answer.yes("from now on " + String.join(" and ", told));
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

  private static Optional<String> rateComplaint(JsonNode sent) {
    boolean fits =
        sent.isTextual()
            ? sent.textValue().strip().equals(NO_RATE)
            : sent.isIntegralNumber()
                && sent.canConvertToInt()
                && sent.intValue() >= 0
                && sent.intValue() <= BackfillSettings.FASTEST;
    return fits
        ? Optional.empty()
        : Optional.of(
            "maxRate must be rows a second, a whole number, or \"%s\", got %s"
                .formatted(NO_RATE, Message.shortened(sent.toString(), 40)));
  }

  private static String quoted(String text) {
    return "\"" + Message.shortened(text, 40) + "\"";
  }
}
