package dev.kedge.starter;

import dev.kedge.activity.MoveProgress;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A status as a person reads it. Unknown figures are left out, never shown as 0. */
final class StatusText {
  private static final int BAR = 24;

  private StatusText() {}

  /** A block of lines. */
  static List<String> block(MigrationStatus status) {
    List<String> lines = new ArrayList<>();
    lines.add(status.migration() + "  " + where(status) + "  plan " + shortHash(status.planHash()));
    status.moves().forEach(move -> lines.add("  " + move(move)));
    reconciliation(status).ifPresent(text -> lines.add("  " + text));
    if (status.lagMillis() != null) {
      lines.add("  lag " + status.lagMillis() + " ms");
    }
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
        .forEach(move -> parts.add(move.to() + " " + figures(move)));
    gate(status).ifPresent(parts::add);
    if (status.reason() != null) {
      parts.add(status.reason());
    }
    return status.migration() + "  " + String.join(" · ", parts);
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

  private static String move(MoveProgress move) {
    String name = move.from().equals(move.to()) ? move.to() : move.from() + " → " + move.to();
    return name + "  " + bar(share(move)) + "  " + figures(move);
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
    if (move.capturedKeys() != null && move.capturedKeys() > 0) {
      parts.add(count(move.capturedKeys()) + " captured keys");
    }
    return String.join(", ", parts);
  }

  private static void running(MoveProgress move, List<String> parts) {
    if (move.rowsPerSecond() != null) {
      parts.add(count(Math.round(move.rowsPerSecond())) + " rows/s");
    }
    if (move.etaSeconds() != null) {
      parts.add(duration(Duration.ofSeconds((long) Math.ceil(move.etaSeconds()))) + " left");
    }
    if (move.throttledBy() != null) {
      parts.add("held back: " + move.throttledBy());
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
