package dev.kedge.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One migration as its owner describes it, checked for form and meaning but not against a database.
 *
 * @param migration the name, unique among unfinished migrations of a database; {@code [a-z0-9-]+}
 * @param owner the team to ask; null when the spec names none
 * @param database the name under which workers know the database
 * @param expand statements that make room for the new shape, in order
 * @param moves what is filled from what, in the order of the spec; at least one
 * @param backfill how the backfill runs unless tuned
 * @param cutover how traffic moves over
 * @param contract statements that remove the old shape, in order; may be empty
 * @param approvals the policy of every gate, defaults filled in; keys are all of {@link Gate}
 * @param guards when it slows down, pauses or gives up by itself
 * @param evidence for how long evidence counts
 * @param invariants what must be true of the data, in the order of the spec; may be empty
 */
public record Spec(
    String migration,
    @Nullable String owner,
    String database,
    List<Statement> expand,
    List<Move> moves,
    BackfillSettings backfill,
    CutoverSettings cutover,
    List<Statement> contract,
    Map<Gate, ApprovalPolicy> approvals,
    @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Guards.Absent.class)
        Guards guards,
    @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = EvidenceSettings.Absent.class)
        EvidenceSettings evidence,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Invariant> invariants) {
  public Spec {
    Objects.requireNonNull(migration, "migration");
    Objects.requireNonNull(database, "database");
    expand = List.copyOf(expand);
    moves = List.copyOf(moves);
    contract = List.copyOf(contract);
    approvals = Map.copyOf(approvals);
    // A plan recorded by an earlier release has none.
    guards = guards == null ? Guards.NONE : guards;
    evidence = evidence == null ? EvidenceSettings.DEFAULT : evidence;
    invariants = invariants == null ? List.of() : List.copyOf(invariants);
  }

  /** A migration whose evidence counts for as long as usual, and without invariants. */
  public Spec(
      String migration,
      @Nullable String owner,
      String database,
      List<Statement> expand,
      List<Move> moves,
      BackfillSettings backfill,
      CutoverSettings cutover,
      List<Statement> contract,
      Map<Gate, ApprovalPolicy> approvals,
      Guards guards) {
    this(
        migration,
        owner,
        database,
        expand,
        moves,
        backfill,
        cutover,
        contract,
        approvals,
        guards,
        EvidenceSettings.DEFAULT,
        List.of());
  }

  /** A migration without guards. */
  public Spec(
      String migration,
      @Nullable String owner,
      String database,
      List<Statement> expand,
      List<Move> moves,
      BackfillSettings backfill,
      CutoverSettings cutover,
      List<Statement> contract,
      Map<Gate, ApprovalPolicy> approvals) {
    this(
        migration,
        owner,
        database,
        expand,
        moves,
        backfill,
        cutover,
        contract,
        approvals,
        Guards.NONE);
  }

  /**
   * What it says of two tables as they are: the same moves without the statements around them, and
   * without what only concerns how rows are brought over.
   */
  public Spec asTheyAre() {
    return new Spec(
        migration,
        owner,
        database,
        List.of(),
        moves.stream().map(Move::asItIs).toList(),
        backfill,
        cutover,
        List.of(),
        approvals,
        Guards.NONE);
  }

  /** The same with something that must be true of the data. */
  public Spec with(List<Invariant> more) {
    return new Spec(
        migration, owner, database, expand, moves, backfill, cutover, contract, approvals, guards,
        evidence, more);
  }
}
