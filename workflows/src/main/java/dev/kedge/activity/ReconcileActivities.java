package dev.kedge.activity;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.kedge.spec.Gate;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compares both sides by value, keeps findings by key, repairs, and seals evidence. */
@ActivityInterface
public interface ReconcileActivities {
  /**
   * Compares a whole move: range by range in short snapshots, both directions, then the keys
   * captured since. The side being written is the truth. Heartbeats its {@link Comparison} so far;
   * resumes where the ledger says. Real differences are in {@code kedge.finding}.
   */
  @ActivityMethod
  Comparison compareMove(MoveScope request);

  /** Compares only the keys captured since the last full compare, and the findings; cheap. */
  @ActivityMethod
  Comparison compareCaptured(MoveScope request);

  /**
   * Puts the keys of open findings through the applier, compares them again, and closes those that
   * are equal now. Needs the tail to run for a copy.
   */
  @ActivityMethod
  Repair repairFindings(MoveScope request);

  /**
   * Seals what a gate shows: canonical JSON, numbered, with its hash, in {@code kedge.evidence}.
   */
  @ActivityMethod
  Evidence sealEvidence(SealRequest request);

  /**
   * What a compare came to; {@code kedge.reconciliation/1} is made from it. Rows are what the last
   * whole compare counted, differences the findings that are open now: a key that was looked at
   * again counts as it was seen last.
   *
   * @param comparedRows rows of the truth's side that were compared
   * @param missing keys the other side lacks, {@code extra} keys it has too many, {@code different}
   *     keys whose values differ: real ones only
   * @param notComparable keys or ranges that could not be compared; never a match
   * @param explained differences that the log explained when they were seen; compared again after a
   *     later round of the tail, and not comparable while it stands still
   * @param agreesForward in place: rows where new = P(old); for a copy all equal rows
   * @param agreesReverse in place from writes on: rows that agree only as old = R(new)
   * @param examples up to 20 real differences, by key
   * @param finishedAt ISO-8601; null while it runs
   * @param reasons why something could not be compared, each once, without values of rows; empty,
   *     and not in the JSON, when everything could
   */
  record Comparison(
      int move,
      long comparedRows,
      long missing,
      long extra,
      long different,
      long notComparable,
      long explained,
      long agreesForward,
      long agreesReverse,
      List<Difference> examples,
      @Nullable String finishedAt,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> reasons) {
    public Comparison {
      examples = List.copyOf(examples);
      // A comparison recorded by an earlier release has none.
      reasons = reasons == null ? List.of() : List.copyOf(reasons);
    }

    /** Where everything could be compared. */
    public Comparison(
        int move,
        long comparedRows,
        long missing,
        long extra,
        long different,
        long notComparable,
        long explained,
        long agreesForward,
        long agreesReverse,
        List<Difference> examples,
        @Nullable String finishedAt) {
      this(
          move,
          comparedRows,
          missing,
          extra,
          different,
          notComparable,
          explained,
          agreesForward,
          agreesReverse,
          examples,
          finishedAt,
          List.of());
    }

    /** Real differences and what could not be compared: above 0 keeps the gate shut. */
    public long unproven() {
      return missing + extra + different + notComparable;
    }
  }

  /**
   * One difference.
   *
   * @param to {@code schema.table}
   * @param key the key as text, columns joined by a comma
   * @param kind {@code missing}, {@code extra}, {@code different} or {@code notComparable}
   */
  record Difference(String to, String key, String kind) {}

  /** What a repair came to: findings tried, and those still open. */
  record Repair(long repaired, long open) {}

  /** For which gate, and what was compared for it. */
  record SealRequest(Scope scope, Gate gate, String planHash, List<Comparison> comparisons) {
    public SealRequest {
      comparisons = List.copyOf(comparisons);
    }
  }

  /**
   * Sealed evidence.
   *
   * @param number rising within the migration
   * @param hash {@code sha256:} over {@code content}
   * @param clean whether it proves the promotion: nothing unproven
   * @param content canonical JSON
   */
  record Evidence(int number, String hash, Gate gate, boolean clean, String content) {}
}
