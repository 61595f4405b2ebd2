package dev.kedge.starter;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Difference;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a comparison of all moves came to.
 *
 * @param form {@value #FORM}
 * @param differences keys that are missing, extra or different
 * @param notComparable keys or ranges that could not be compared: never a match
 * @param explained differences that the log explains: applied a moment later
 * @param examples some of the differences, by key
 * @param repaired always 0: looking repairs nothing
 * @param returned some of those that were closed before and came back: a bug, not drift
 * @param sample how much of the rows was looked at, in percent; null for all of them
 * @param reasons why something could not be compared, each once, without values of rows
 */
record Reconciliation(
    String form,
    long comparedRows,
    long differences,
    long missing,
    long extra,
    long different,
    long notComparable,
    long explained,
    List<Difference> examples,
    long repaired,
    List<Difference> returned,
    @Nullable Double sample,
    List<String> reasons) {
  static final String FORM = "kedge.reconciliation/1";

  Reconciliation {
    examples = List.copyOf(examples);
    returned = List.copyOf(returned);
    reasons = List.copyOf(reasons);
  }

  static Reconciliation of(List<Comparison> moves) {
    long missing = sum(moves, Comparison::missing);
    long extra = sum(moves, Comparison::extra);
    long different = sum(moves, Comparison::different);
    return new Reconciliation(
        FORM,
        sum(moves, Comparison::comparedRows),
        missing + extra + different,
        missing,
        extra,
        different,
        sum(moves, Comparison::notComparable),
        sum(moves, Comparison::explained),
        moves.stream().flatMap(move -> move.examples().stream()).toList(),
        0,
        moves.stream().flatMap(move -> move.returned().stream()).toList(),
        null,
        moves.stream().flatMap(move -> move.reasons().stream()).distinct().toList());
  }

  /** The same of a sample. */
  Reconciliation sampled(double percent) {
    return new Reconciliation(
        form,
        comparedRows,
        differences,
        missing,
        extra,
        different,
        notComparable,
        explained,
        examples,
        repaired,
        returned,
        percent,
        reasons);
  }

  private static long sum(List<Comparison> moves, ToLongFunction<Comparison> figure) {
    return moves.stream().mapToLong(figure).sum();
  }

  /** An error is never a match. */
  boolean proven() {
    return differences == 0 && notComparable == 0;
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%,d rows compared: %,d differences (%,d missing, %,d extra, %,d different), %,d not comparable",
            comparedRows,
            differences,
            missing,
            extra,
            different,
            notComparable));
    reasons.forEach(reason -> lines.add("  not comparable: " + reason));
    examples.forEach(
        each -> lines.add("  " + each.kind() + "  " + each.to() + "  key " + each.key()));
    returned.forEach(
        each ->
            lines.add(
                "  came back  %s  key %s: it was equal or repaired before"
                    .formatted(each.to(), each.key())));
    return lines;
  }
}
