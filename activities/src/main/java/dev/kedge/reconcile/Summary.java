package dev.kedge.reconcile;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Difference;
import dev.kedge.plan.Quoting;
import dev.kedge.reconcile.Settlement.Settled;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a compare is reported as. Rows, and those that agree in place, are what the last whole
 * compare counted; differences are the findings that are open now, so a key that was looked at
 * again counts as it was seen last. What is in no list of findings, and what the log explains while
 * nothing is applied, could not be compared.
 */
final class Summary {
  private Summary() {}

  /** The other side does not follow: nothing was compared, and nothing is claimed. */
  static Comparison nothing(Subject subject) {
    return new Comparison(
        subject.move().number(), 0, 0, 0, 0, 0, 0, 0, 0, List.of(), Instant.now().toString());
  }

  /** So far. */
  static Comparison of(Subject subject, Notes notes) throws SQLException {
    return of(subject, notes, new Settled(0, false), null);
  }

  /** In the end. */
  static Comparison of(Subject subject, Notes notes, Settled settled, @Nullable Instant finished)
      throws SQLException {
    Totals totals = notes.totals();
    long missing = totals.open(Kind.MISSING);
    long different = totals.open(Kind.DIFFERENT);
    long unexplained = settled.stalled() ? settled.explained() : 0;
    long notComparable =
        totals.open(Kind.NOT_COMPARABLE) + totals.unseen() + totals.unlisted() + unexplained;
    return new Comparison(
        subject.move().number(),
        totals.compared(),
        missing,
        totals.open(Kind.EXTRA),
        different,
        notComparable,
        totals.explained(),
        subject.inPlace()
            ? totals.forward()
            : Math.max(0, totals.compared() - missing - different - totals.unlisted()),
        totals.reverse(),
        differences(subject, notes.examples()),
        finished == null ? null : finished.toString(),
        notComparable == 0 ? List.of() : reasons(notes, totals, unexplained),
        differences(subject, notes.returned()));
  }

  private static List<String> reasons(Notes notes, Totals totals, long unexplained)
      throws SQLException {
    List<String> reasons = new ArrayList<>(notes.reasons());
    if (totals.unlisted() > 0) {
      reasons.add("more keys differ than are listed");
    }
    if (unexplained > 0) {
      reasons.add("nothing was applied meanwhile, so that what was captured explains nothing");
    }
    return reasons;
  }

  private static List<Difference> differences(
      Subject subject, List<Map.Entry<String, Kind>> findings) {
    String to =
        Quoting.readable(
            subject.writing() == Writing.OLD ? subject.move().target() : subject.move().source());
    return findings.stream()
        .map(example -> new Difference(to, example.getKey(), example.getValue().label()))
        .toList();
  }
}
