package dev.kedge.activity;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks what the spec says must be true of the data. */
@ActivityInterface
public interface InvariantActivities {
  /**
   * Checks invariants of the migration's recorded plan, each in one snapshot, and keeps the results
   * in {@code kedge.invariant}. What is violated was seen twice. Done twice it looks twice. Fails
   * with {@link Failures#FENCED} when the epoch is over.
   */
  @ActivityMethod
  InvariantReport checkInvariants(InvariantRequest request);

  /**
   * What to check.
   *
   * @param due only what must hold by now and was checked longest ago than it asks for; otherwise
   *     all
   */
  record InvariantRequest(Scope scope, boolean due) {}

  /** What every invariant of the spec came to, in its order, as of its latest check. */
  record InvariantReport(List<InvariantResult> results) {
    public InvariantReport {
      results = List.copyOf(results);
    }

    /** Those that must hold and do not. */
    public List<InvariantResult> violated() {
      return results.stream()
          .filter(result -> result.required() && result.state() == InvariantState.VIOLATED)
          .toList();
    }

    /** Those of which nothing is known, and that must hold. */
    public List<InvariantResult> notChecked() {
      return results.stream()
          .filter(result -> result.required() && result.state() == InvariantState.NOT_CHECKED)
          .toList();
    }
  }

  /** What a check came to. Not to know is never to hold. */
  enum InvariantState {
    HOLDS("holds"),
    VIOLATED("violated"),
    NOT_CHECKED("notChecked");

    private final String label;

    InvariantState(String label) {
      this.label = label;
    }

    /** The name in JSON and in the control schema. */
    @JsonValue
    public String label() {
      return label;
    }

    /** The one of that label. Throws {@link IllegalArgumentException} for any other text. */
    @JsonCreator
    public static InvariantState of(String label) {
      for (InvariantState state : values()) {
        if (state.label.equals(label)) {
          return state;
        }
      }
      throw new IllegalArgumentException("no state of an invariant is \"" + label + "\"");
    }
  }

  /**
   * What one invariant came to.
   *
   * @param required whether it must hold by now; what does not yet is only told
   * @param rows how many rows offend, counted up to {@value #MOST_ROWS}; null unless violated
   * @param keys up to 20 of them, columns joined by a comma; empty unless the query returns the key
   *     of a move. Never a value
   * @param reason why it was not checked; null when it was
   * @param at when, ISO-8601
   */
  record InvariantResult(
      String name,
      InvariantState state,
      boolean required,
      @Nullable Long rows,
      List<String> keys,
      @Nullable String reason,
      String at) {
    /** Rows are not counted beyond. */
    public static final long MOST_ROWS = 10_000;

    public InvariantResult {
      keys = keys == null ? List.of() : List.copyOf(keys);
    }

    /** What it came to, as people read it. */
    public String words() {
      return switch (state) {
        case HOLDS -> name + " holds";
        case VIOLATED -> name + " is violated: " + offending();
        case NOT_CHECKED -> name + " was not checked: " + reason;
      };
    }

    private String offending() {
      long count = rows == null ? 0 : rows;
      String many = count > MOST_ROWS ? "more than " + MOST_ROWS : Long.toString(count);
      String label = keys.size() == 1 ? " (key " : " (keys ";
      String listed = keys.isEmpty() ? "" : label + String.join("; ", keys) + ")";
      return many + (count == 1 ? " row" : " rows") + listed;
    }
  }
}
