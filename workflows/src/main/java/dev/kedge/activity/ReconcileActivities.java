package dev.kedge.activity;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.kedge.plan.MovePlan;
import dev.kedge.spec.Gate;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
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
   * are equal now. Needs the tail to run for a copy. Who asked, the direction and the result are
   * kept in {@code kedge.repair}.
   */
  @ActivityMethod
  Repair repairFindings(RepairRequest request);

  /**
   * Seals what a gate shows: canonical JSON, numbered, with its hash, in {@code kedge.evidence}.
   */
  @ActivityMethod
  Evidence sealEvidence(SealRequest request);

  /**
   * Proves sealed evidence once more: compares the keys captured since, looks at the catalog and
   * the plan, and appends the round to {@code kedge.evidence_round}. The seal stays as it is; a
   * round that is not clean makes it void, and says why. Done twice it appends two rounds, which
   * says nothing wrong.
   */
  @ActivityMethod
  Round proveAgain(RoundRequest request);

  /**
   * Makes sealed evidence void where no round could: when none came to an end for too long. At any
   * epoch, and once: the first reason stays.
   */
  @ActivityMethod
  void voidEvidence(VoidRequest request);

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
   * @param returned up to 20 of the real differences that were closed before, repaired or not, and
   *     came back: a bug, not drift. What cannot be taken over for a reason that is listed, in
   *     quarantine or as a straggler, is none. Not in the JSON when there is none
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
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> reasons,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Difference> returned) {
    private static final int TOLD = 5;

    public Comparison {
      examples = List.copyOf(examples);
      // A comparison recorded by an earlier release has none of these.
      reasons = reasons == null ? List.of() : List.copyOf(reasons);
      returned = returned == null ? List.of() : List.copyOf(returned);
    }

    /** Where nothing came back. */
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
        @Nullable String finishedAt,
        List<String> reasons) {
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
          reasons,
          List.of());
    }

    /** Where everything could be compared, and nothing came back. */
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
          List.of(),
          List.of());
    }

    /** Real differences and what could not be compared: above 0 keeps the gate shut. */
    public long unproven() {
      return missing + extra + different + notComparable;
    }

    /**
     * What is unproven, as people read it.
     *
     * @param target the move's target; once the new side is written it is the other one that
     *     differs, as the examples say
     */
    public String told(String target) {
      String table = examples.isEmpty() ? target : examples.get(0).to();
      if (returned.isEmpty()) {
        return counted(table);
      }
      Difference one = returned.get(0);
      return "a bug, not drift: key %s of %s was equal or repaired before, and differs again (%s)"
          .formatted(one.key(), one.to(), counted(table));
    }

    private String counted(String table) {
      List<String> kinds = new ArrayList<>();
      count(kinds, missing, "missing");
      count(kinds, extra, "extra");
      count(kinds, different, "different");
      count(kinds, notComparable, "not comparable");
      return "%d %s in %s (%s)%s; see kedge.finding%s"
          .formatted(
              unproven(),
              unproven() == 1 ? "difference" : "differences",
              table,
              String.join(", ", kinds),
              keys(),
              reasons.isEmpty() ? "" : ": " + String.join("; ", reasons));
    }

    private String keys() {
      return examples.isEmpty()
          ? ""
          : examples.stream()
              .limit(TOLD)
              .map(Difference::key)
              .collect(Collectors.joining("; ", ", key ", examples.size() > TOLD ? "; …" : ""));
    }

    private static void count(List<String> kinds, long number, String kind) {
      if (number > 0) {
        kinds.add(number + " " + kind);
      }
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

  /**
   * What to repair. Reads what was asked before there was anybody to name: a {@link MoveScope}.
   *
   * @param askedBy who, as claimed; null when not said
   */
  record RepairRequest(Scope scope, MovePlan move, @Nullable String askedBy) {
    /** Where. */
    public MoveScope where() {
      return new MoveScope(scope, move);
    }
  }

  /** What a repair came to: findings that are equal now, and those still open. */
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
   * @param doubts why it does not, as in the content; empty when it is clean
   */
  record Evidence(
      int number, String hash, Gate gate, boolean clean, String content, List<String> doubts) {
    public Evidence {
      // An older worker tells them in the content only.
      doubts = doubts == null ? List.of() : List.copyOf(doubts);
    }

    /** Without a doubt. */
    public Evidence(int number, String hash, Gate gate, boolean clean, String content) {
      this(number, hash, gate, clean, content, List.of());
    }
  }

  /**
   * Which evidence to prove once more.
   *
   * @param evidence its number
   * @param moves numbers of the moves that can still be compared
   * @param promotion whether it is the last one before the gate opens
   */
  record RoundRequest(
      Scope scope,
      Gate gate,
      String planHash,
      int evidence,
      List<Integer> moves,
      boolean promotion) {
    public RoundRequest {
      moves = List.copyOf(moves);
    }

    /** The same as the last one. */
    public RoundRequest last() {
      return new RoundRequest(scope, gate, planHash, evidence, moves, true);
    }
  }

  /**
   * A later look at sealed evidence.
   *
   * @param number rising within the evidence, from 1
   * @param clean whether the seal holds
   * @param doubts why it does not, a sentence each; no row data
   * @param comparisons of the keys captured since
   * @param at ISO-8601
   */
  record Round(
      int number, boolean clean, List<String> doubts, List<Comparison> comparisons, String at) {
    public Round {
      doubts = List.copyOf(doubts);
      comparisons = List.copyOf(comparisons);
    }
  }

  /** Which evidence is void, and why. */
  record VoidRequest(Scope scope, int evidence, String why) {}
}
