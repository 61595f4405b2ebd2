package dev.kedge.workflow;

import dev.kedge.activity.InvariantActivities.InvariantResult;
import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.MoveProgress.LongestRound;
import dev.kedge.activity.MoveProgress.Quarantined;
import dev.kedge.activity.RegistryActivities.Observation;
import dev.kedge.workflow.MigrationStatus.WaitingFor;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The current details of a migration in the Temporal UI: Markdown below 4 kB (it travels in a URL
 * there), most urgent first, without any row's data.
 */
final class Details {
  /** Characters; the few that are not ASCII fit into the rest of 4 kB. */
  private static final int LONGEST = 3_600;

  private static final int MOVES = 8;
  private static final int VERDICTS = 4;
  private static final int GUARDS = 8;
  private static final int LIMITS = 3;
  private static final int OBSERVATIONS = 4;
  private static final int QUARANTINED = 3;

  /** A wait that people notice. */
  private static final long NOTICED_MILLIS = 100;

  private Details() {}

  static String of(MigrationStatus status, @Nullable String doing) {
    StringBuilder text = new StringBuilder();
    text.append("**").append(status.migration()).append("**: phase **");
    text.append(status.phase().label()).append("**, **").append(status.state().label());
    text.append("**\n\n");
    // An open gate speaks for itself.
    sentence(text, "", status.waitingFor() == null ? doing : null);
    sentence(text, "Why: ", status.reason());
    sentence(text, "What helps: ", status.help());
    gate(text, status);
    moves(text, status.moves());
    guards(text, status);
    invariants(text, status.invariants());
    comparison(text, status);
    status.report().forEach(line -> text.append("- ").append(line).append('\n'));
    verdicts(text, status.verdicts());
    text.append("\nPlan `").append(status.planHash()).append("`, as of ");
    text.append(status.updatedAt()).append('\n');
    return Message.shortened(text.toString(), LONGEST);
  }

  private static void sentence(StringBuilder text, String opening, @Nullable String sentence) {
    if (sentence != null) {
      text.append(opening).append(Message.shortened(sentence, 600)).append("\n\n");
    }
  }

  private static void gate(StringBuilder text, MigrationStatus status) {
    WaitingFor gate = status.waitingFor();
    if (gate == null) {
      return;
    }
    text.append("Gate **").append(gate.gate().label()).append("** waits: ");
    text.append(gate.have()).append(" of ").append(gate.needs()).append(" approvals. ");
    text.append("Under *More Actions* send the signal `approve` (or `reject`) with\n\n```json\n");
    // A line each: the page does not wrap code, and a hash alone nearly fills its width.
    text.append("{\"gate\": \"").append(gate.gate().label()).append("\",\n");
    text.append(" \"by\": \"you@example.com\",\n \"planHash\":\n  \"").append(status.planHash());
    text.append("\",\n \"evidence\":\n  \"").append(gate.evidence()).append("\"}\n```\n\n");
  }

  private static void moves(StringBuilder text, List<MoveProgress> moves) {
    text.append("| move | rows filled | of about | rows/s | ETA | lanes | a chunk |\n");
    text.append("|---|---|---|---|---|---|---|\n");
    for (MoveProgress move : moves.subList(0, Math.min(MOVES, moves.size()))) {
      text.append("| ").append(cell(move.from())).append(" → ").append(cell(move.to()));
      text.append(" | ").append(number(move.rowsDone()));
      text.append(" | ").append(number(move.rowsTotal()));
      boolean filled = move.finishedAt() != null;
      text.append(" | ").append(filled ? "" : number(move.rowsPerSecond()));
      text.append(" | ").append(filled ? "filled" : eta(move));
      text.append(" | ").append(filled ? "" : number(move.lanes()));
      text.append(" | ").append(filled ? "" : chunk(move)).append(" |\n");
    }
    if (moves.size() > MOVES) {
      text.append("\nand ").append(moves.size() - MOVES).append(" more moves\n");
    }
    text.append('\n');
    moves.stream()
        .map(MoveProgress::throttledBy)
        .filter(Objects::nonNull)
        .distinct()
        .limit(LIMITS)
        .forEach(limit -> sentence(text, "**Held back**: ", limit));
    moves.stream().limit(MOVES).forEach(move -> aside(text, move));
  }

  private static void aside(StringBuilder text, MoveProgress move) {
    Quarantined rows = move.quarantine();
    if (rows != null && rows.rows() > 0) {
      String keys =
          rows.examples().stream()
              .limit(QUARANTINED)
              .map(row -> row.key() + " (" + row.why() + ")")
              .collect(Collectors.joining(", "));
      sentence(
          text,
          "**In quarantine**: ",
          "%s rows of %s cannot be taken over, key %s; mend them: no gate opens before"
              .formatted(number(rows.rows()), move.from(), keys));
    }
    LongestRound round = move.longestRound();
    if (round != null && round.millis() >= NOTICED_MILLIS) {
      sentence(
          text,
          "Longest round of the tail of " + move.from() + ": ",
          "%s ms over %s keys".formatted(number(round.millis()), number(round.keys())));
    }
  }

  private static String chunk(MoveProgress move) {
    return number(move.chunkRows())
        + " rows"
        + (move.chunkMillis() == null ? "" : " in " + number(move.chunkMillis()) + " ms");
  }

  private static void guards(StringBuilder text, MigrationStatus status) {
    if (!status.guards().isEmpty()) {
      text.append("Guards, as of ").append(status.guards().get(0).at()).append(": ");
      text.append(
          status.guards().stream()
              .limit(GUARDS)
              .map(reading -> reading.guard() + " " + reading.words())
              .map(words -> Message.shortened(words, 120))
              .collect(Collectors.joining("; ")));
      text.append("\n\n");
    }
    List<Observation> seen = status.observations();
    for (Observation one : seen.subList(Math.max(0, seen.size() - OBSERVATIONS), seen.size())) {
      text.append("- ").append(one.at()).append(' ');
      text.append(Message.shortened(one.words(), 160)).append('\n');
    }
    text.append(seen.isEmpty() ? "" : "\n");
  }

  private static void invariants(StringBuilder text, List<InvariantResult> invariants) {
    for (InvariantResult each : invariants.subList(0, Math.min(GUARDS, invariants.size()))) {
      text.append("- invariant ").append(Message.shortened(each.words(), 200));
      text.append(each.required() ? "" : " (need not hold yet)").append(", ");
      text.append(each.at()).append('\n');
    }
    text.append(invariants.isEmpty() ? "" : "\n");
  }

  private static void comparison(StringBuilder text, MigrationStatus status) {
    if (status.lagMillis() != null) {
      text.append("The following side trails by ").append(number(status.lagMillis()));
      text.append(" ms.\n\n");
    }
    Long rows = status.reconciliation().comparedRows();
    if (rows != null) {
      text.append("Compared ").append(number(rows)).append(" rows, ");
      text.append(number(status.reconciliation().differences())).append(" differences\n\n");
    }
  }

  private static void verdicts(StringBuilder text, List<Verdict> verdicts) {
    List<Verdict> latest =
        verdicts.subList(Math.max(0, verdicts.size() - VERDICTS), verdicts.size());
    if (!latest.isEmpty()) {
      text.append("Latest signals:\n\n");
    }
    for (Verdict verdict : latest) {
      text.append("- `").append(verdict.signal()).append("` ");
      text.append(verdict.accepted() ? "accepted: " : "refused: ");
      text.append(Message.shortened(verdict.message(), 240)).append('\n');
    }
  }

  private static String cell(String name) {
    return Message.shortened(name.replace("|", "\\|"), 80);
  }

  private static String number(@Nullable Number number) {
    return number == null
        ? "?"
        : String.format(Locale.ROOT, "%,d", Math.round(number.doubleValue()));
  }

  private static String eta(MoveProgress move) {
    Double low = move.etaLowSeconds();
    Double high = move.etaHighSeconds();
    String eta = move.etaSeconds() == null ? "?" : eta(move.etaSeconds());
    return low == null || high == null ? eta : eta + " (" + eta(low) + " to " + eta(high) + ")";
  }

  private static String eta(double seconds) {
    long whole = Math.round(seconds);
    return whole < 120
        ? whole + " s"
        : whole < 7200 ? whole / 60 + " min" : String.format(Locale.ROOT, "%.1f h", whole / 3600.0);
  }
}
