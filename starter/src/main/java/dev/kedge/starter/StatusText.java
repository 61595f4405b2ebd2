package dev.kedge.starter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.activity.InvariantActivities.InvariantResult;
import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.MoveProgress.LongestRound;
import dev.kedge.activity.MoveProgress.Quarantined;
import dev.kedge.activity.RegistryActivities.Reading;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.State;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A status as a person reads it. Unknown figures are left out, never shown as 0. */
final class StatusText {
  private static final int BAR = 24;
  private static final int OBSERVATIONS = 5;

  /** A wait that people notice. */
  private static final long NOTICED_MILLIS = 100;

  /** Readings come every second while anybody reads; older ones are no news. */
  private static final Duration FRESH = Duration.ofSeconds(30);

  private StatusText() {}

  /** A block of lines. */
  static List<String> block(MigrationStatus status) {
    return block(status, Instant.now());
  }

  /** The same as of a moment. */
  static List<String> block(MigrationStatus status, Instant now) {
    List<String> lines = new ArrayList<>();
    lines.add(status.migration() + "  " + where(status) + "  plan " + shortHash(status.planHash()));
    status.moves().forEach(move -> move(move, lines));
    guards(status, now, lines);
    status.invariants().forEach(each -> lines.add("  " + words(each)));
    reconciliation(status).ifPresent(text -> lines.add("  " + text));
    if (status.lagMillis() != null) {
      lines.add("  lag " + status.lagMillis() + " ms");
    }
    suffered(status.application()).ifPresent(text -> lines.add("  " + text));
    if (status.reason() != null) {
      lines.add("  " + status.state().label() + ": " + status.reason());
    }
    if (status.help() != null) {
      lines.add("  help: " + status.help());
    }
    gate(status).ifPresent(text -> lines.add("  " + text));
    next(status).ifPresent(text -> lines.add("  " + text));
    status.report().forEach(text -> lines.add("  " + text));
    return lines;
  }

  /** One line, for logs. */
  static String line(MigrationStatus status) {
    List<String> parts = new ArrayList<>();
    parts.add(where(status));
    status.moves().stream()
        .filter(move -> move.finishedAt() == null && move.rowsDone() != null)
        .forEach(move -> parts.add(move.to() + " " + figures(move) + heldBack(move)));
    gate(status).ifPresent(parts::add);
    if (status.reason() != null) {
      parts.add(status.reason());
    }
    return status.migration() + "  " + String.join(" · ", parts);
  }

  private static String heldBack(MoveProgress move) {
    return move.throttledBy() == null ? "" : ", held back: " + move.throttledBy();
  }

  /** Phase and state. */
  static String where(MigrationStatus status) {
    return status.phase().label() + ", " + status.state().label();
  }

  /** What a person can type next; empty when nothing is asked. */
  static Optional<String> next(MigrationStatus status) {
    var open = status.waitingFor();
    if (status.state() == State.WAITING && open != null) {
      return Optional.of("kedge approve " + status.migration() + " " + open.gate().label());
    }
    return switch (status.state()) {
      case PAUSED -> Optional.of("kedge resume " + status.migration());
      case PARKED -> Optional.of("kedge retry " + status.migration());
      default -> Optional.empty();
    };
  }

  private static Optional<String> gate(MigrationStatus status) {
    var open = status.waitingFor();
    return open == null
        ? Optional.empty()
        : Optional.of(
            "gate %s waits: %d of %d approvals%s"
                .formatted(
                    open.gate().label(),
                    open.have(),
                    open.needs(),
                    open.evidence() == null ? "" : ", evidence " + shortHash(open.evidence())));
  }

  private static Optional<String> reconciliation(MigrationStatus status) {
    Long rows = status.reconciliation().comparedRows();
    if (rows == null) {
      return Optional.empty();
    }
    Long differences = status.reconciliation().differences();
    return Optional.of("compared " + count(rows) + " rows: " + count(differences) + " differences");
  }

  private static void move(MoveProgress move, List<String> lines) {
    String name = move.from().equals(move.to()) ? move.to() : move.from() + " → " + move.to();
    lines.add("  " + name + "  " + bar(share(move)) + "  " + figures(move));
    String pace = pace(move);
    if (!pace.isEmpty()) {
      lines.add("      " + pace);
    }
    if (move.throttledBy() != null) {
      lines.add("      held back: " + move.throttledBy());
    }
    longestRound(move).ifPresent(text -> lines.add("      " + text));
    quarantine(move, lines);
  }

  private static Optional<String> longestRound(MoveProgress move) {
    LongestRound round = move.longestRound();
    return round == null || round.millis() < NOTICED_MILLIS
        ? Optional.empty()
        : Optional.of(
            "longest round of the tail: %s ms over %s keys; TRUNCATE and DDL of its tables wait as long"
                .formatted(count(round.millis()), count(round.keys())));
  }

  private static void quarantine(MoveProgress move, List<String> lines) {
    Quarantined rows = move.quarantine();
    if (rows == null || rows.rows() == 0) {
      return;
    }
    lines.add(
        "      quarantine: %s cannot be taken over; no gate opens and nothing is handed over before"
            .formatted(rows.rows() == 1 ? "1 row" : count(rows.rows()) + " rows"));
    for (Quarantined.Example row : rows.examples()) {
      String tried = row.times() == 1 ? "once" : row.times() + " times";
      lines.add("        key %s: %s, tried %s".formatted(row.key(), row.why(), tried));
    }
    lines.add(
        "      help: mend them, or what columns or where says of them; kedge.quarantine has all, and"
            + " each is tried again");
  }

  private static String figures(MoveProgress move) {
    List<String> parts = new ArrayList<>();
    Double share = share(move);
    if (share != null) {
      parts.add(String.format(Locale.ROOT, "%.1f %%", share * 100));
    }
    parts.add(
        (move.rowsDone() == null ? "not begun" : count(move.rowsDone()))
            + (move.rowsTotal() == null || move.finishedAt() != null
                ? " rows"
                : " of " + count(move.rowsTotal()) + " rows"));
    if (move.finishedAt() == null) {
      running(move, parts);
    }
    return String.join(", ", parts);
  }

  private static void running(MoveProgress move, List<String> parts) {
    if (move.rowsPerSecond() != null) {
      parts.add(count(Math.round(move.rowsPerSecond())) + " rows/s");
    }
    if (move.etaSeconds() != null) {
      parts.add(seconds(move.etaSeconds()) + " left" + spread(move));
    }
  }

  private static String spread(MoveProgress move) {
    Double low = move.etaLowSeconds();
    Double high = move.etaHighSeconds();
    if (low == null || high == null || seconds(low).equals(seconds(high))) {
      return "";
    }
    return " (" + seconds(low) + " to " + seconds(high) + ")";
  }

  private static String pace(MoveProgress move) {
    List<String> parts = new ArrayList<>();
    if (move.finishedAt() == null && move.lanes() != null && move.lanes() > 0) {
      parts.add(move.lanes() + (move.lanes() == 1 ? " lane" : " lanes"));
    }
    if (move.finishedAt() == null && move.chunkRows() != null) {
      String time = move.chunkMillis() == null ? "" : " in " + count(move.chunkMillis()) + " ms";
      parts.add(count(move.chunkRows()) + " rows a chunk" + time);
    }
    if (move.capturedKeys() != null && move.capturedKeys() > 0) {
      parts.add(count(move.capturedKeys()) + " captured keys");
    }
    if (move.following() != null) {
      parts.add(move.following());
    }
    return String.join(", ", parts);
  }

  private static void guards(MigrationStatus status, Instant now, List<String> lines) {
    String age = status.guards().isEmpty() ? "" : age(status.guards().get(0), now);
    for (String guard : List.of("throttle", "pause", "abort")) {
      List<String> readings =
          status.guards().stream()
              .filter(reading -> reading.guard().equals(guard))
              .map(Reading::words)
              .toList();
      if (!readings.isEmpty()) {
        lines.add("  " + guard + age + ": " + String.join(", ", readings));
      }
    }
    status.observations().stream()
        .skip(Math.max(0, status.observations().size() - OBSERVATIONS))
        .forEach(seen -> lines.add("  " + seen.at() + "  " + seen.words()));
  }

  // All of them were read at once.
  private static String age(Reading reading, Instant now) {
    Duration age;
    try {
      age = Duration.between(OffsetDateTime.parse(reading.at()).toInstant(), now);
    } catch (DateTimeParseException e) {
      return " (as of " + reading.at() + ")";
    }
    return age.compareTo(FRESH) < 0 ? "" : " (read " + duration(age) + " ago)";
  }

  private static String words(InvariantResult each) {
    String yet = each.required() ? "" : " (need not hold yet)";
    return "invariant " + each.words() + yet + ", " + each.at();
  }

  /** What the application suffered from us; empty when that is nothing, or not known. */
  private static Optional<String> suffered(@Nullable JsonNode application) {
    if (application == null) {
      return Optional.empty();
    }
    List<String> parts = new ArrayList<>();
    suffered(application, "blockedByUs", "blocked by us %,d", parts);
    suffered(application, "deadlocks", "deadlocks %,d", parts);
    suffered(application, "serializationFailures", "serialization failures %,d", parts);
    suffered(application, "lockTimeouts", "lock waits given up %,d", parts);
    suffered(application, "longestWaitMillis", "longest wait %,d ms", parts);
    return parts.isEmpty()
        ? Optional.empty()
        : Optional.of("application: " + String.join(", ", parts));
  }

  private static void suffered(JsonNode figures, String name, String words, List<String> parts) {
    long number = figures.path(name).asLong();
    if (number > 0) {
      parts.add(String.format(Locale.ROOT, words, number));
    }
  }

  // The total is an estimate: what is finished is 100 %, and nothing else is.
  private static @Nullable Double share(MoveProgress move) {
    if (move.finishedAt() != null) {
      return 1.0;
    }
    if (move.rowsDone() == null || move.rowsTotal() == null || move.rowsTotal() <= 0) {
      return null;
    }
    return Math.min(0.999, (double) move.rowsDone() / move.rowsTotal());
  }

  private static String bar(@Nullable Double share) {
    int full = share == null ? 0 : (int) Math.floor(share * BAR);
    return "[" + "#".repeat(full) + "-".repeat(BAR - full) + "]";
  }

  private static String count(@Nullable Long number) {
    return number == null ? "?" : String.format(Locale.ROOT, "%,d", number);
  }

  private static String seconds(double seconds) {
    return duration(Duration.ofSeconds((long) Math.ceil(seconds)));
  }

  /** {@code 4 s}, {@code 12 min 5 s}, {@code 3 h 20 min}. */
  static String duration(Duration duration) {
    if (duration.toMinutes() < 1) {
      return Math.max(1, duration.toSeconds()) + " s";
    }
    return duration.toHours() < 1
        ? duration.toMinutes() + " min " + duration.toSecondsPart() + " s"
        : duration.toHours() + " h " + duration.toMinutesPart() + " min";
  }

  private static String shortHash(String hash) {
    return hash.length() <= 19 ? hash : hash.substring(0, 19) + "…";
  }
}
