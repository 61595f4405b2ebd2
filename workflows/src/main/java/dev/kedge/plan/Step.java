package dev.kedge.plan;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.kedge.spec.ApprovalPolicy;
import dev.kedge.spec.Gate;
import dev.kedge.spec.TableName;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One step of a plan: what is done, in which phase, with which SQL. Steps run in plan order. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Step.ApplyDdl.class, name = "applyDdl"),
  @JsonSubTypes.Type(value = Step.AwaitGate.class, name = "awaitGate"),
  @JsonSubTypes.Type(value = Step.DeferIndexes.class, name = "deferIndexes"),
  @JsonSubTypes.Type(value = Step.InstallCapture.class, name = "installCapture"),
  @JsonSubTypes.Type(value = Step.Fill.class, name = "fill"),
  @JsonSubTypes.Type(value = Step.RestoreIndexes.class, name = "restoreIndexes"),
  @JsonSubTypes.Type(value = Step.Compare.class, name = "compare"),
  @JsonSubTypes.Type(value = Step.CheckInvariants.class, name = "checkInvariants"),
  @JsonSubTypes.Type(value = Step.Flip.class, name = "flip"),
  @JsonSubTypes.Type(value = Step.HandOver.class, name = "handOver"),
  @JsonSubTypes.Type(value = Step.Hold.class, name = "hold"),
  @JsonSubTypes.Type(value = Step.RemoveCapture.class, name = "removeCapture")
})
public sealed interface Step {
  /** The phase this step belongs to. */
  Phase phase();

  /** The statements as a person reads them, in order; empty when the step runs none of its own. */
  List<String> sql();

  /** The locks on the application's tables that are known of; empty for none. */
  List<Lock> locks();

  /** Whether a table is rewritten; null until the deep analysis tells. */
  @JsonProperty(access = JsonProperty.Access.READ_ONLY)
  default @Nullable Boolean rewrites() {
    return null;
  }

  /** Whether a table is scanned under a lock; null until the deep analysis tells. */
  @JsonProperty(access = JsonProperty.Access.READ_ONLY)
  default @Nullable Boolean scans() {
    return null;
  }

  /** How long it takes; null until the deep analysis tells. */
  @JsonProperty(access = JsonProperty.Access.READ_ONLY)
  default @Nullable Forecast forecastSeconds() {
    return null;
  }

  /** Dispatches by kind; a new kind fails to compile until every course handles it. */
  <R> R follow(Course<R> course);

  /** The name in JSON: the record's, in camel case. */
  @JsonIgnore
  default String kind() {
    String name = getClass().getSimpleName();
    return Character.toLowerCase(name.charAt(0)) + name.substring(1);
  }

  /** A lock in PostgreSQL's words, as in {@code public.users}, {@code AccessExclusiveLock}. */
  record Lock(String relation, String mode) {}

  /** Seconds that half and nine tenths of all runs stay below. */
  record Forecast(double p50, double p90) {}

  /**
   * One statement of expand or contract.
   *
   * @param number its place among the statements of its phase, from 1
   * @param undo statements that take it back, in order; empty in contract
   * @param destroys tables and columns it drops, as the catalog diff found; empty in expand
   * @param locks what it locked in the rehearsal
   */
  record ApplyDdl(
      Phase phase,
      int number,
      String statement,
      List<String> undo,
      List<Destroyed> destroys,
      List<Lock> locks)
      implements Step {
    public ApplyDdl {
      undo = List.copyOf(undo);
      destroys = List.copyOf(destroys);
      locks = listOf(locks);
    }

    /** A statement whose locks are not known. */
    public ApplyDdl(
        Phase phase, int number, String statement, List<String> undo, List<Destroyed> destroys) {
      this(phase, number, statement, undo, destroys, List.of());
    }

    @Override
    @JsonProperty(access = JsonProperty.Access.READ_ONLY)
    public List<String> sql() {
      return List.of(statement);
    }

    @Override
    public <R> R follow(Course<R> course) {
      return course.applyDdl(this);
    }
  }

  /**
   * A table, or columns of one, that a contract statement destroys.
   *
   * @param columns the dropped columns; empty when the whole table goes
   */
  record Destroyed(TableName table, List<String> columns) {
    public Destroyed {
      columns = List.copyOf(columns);
    }

    /** As people read it: the table, or the table with the columns in parentheses. */
    public String label() {
      return columns.isEmpty() ? table.toString() : table + " (" + String.join(", ", columns) + ")";
    }
  }

  /** Waits until the gate's policy is met. */
  record AwaitGate(Phase phase, Gate gate, ApprovalPolicy policy) implements Step {
    @Override
    @JsonProperty(access = JsonProperty.Access.READ_ONLY)
    public List<String> sql() {
      return List.of();
    }

    @Override
    @JsonProperty(access = JsonProperty.Access.READ_ONLY)
    public List<Lock> locks() {
      return List.of();
    }

    @Override
    public <R> R follow(Course<R> course) {
      return course.awaitGate(this);
    }
  }

  /** Records and drops what would slow the copy: a copy's secondary indexes and constraints. */
  record DeferIndexes(Phase phase, int move, List<String> sql, List<Lock> locks) implements Step {
    public DeferIndexes {
      sql = List.copyOf(sql);
      locks = listOf(locks);
    }

    /** The same with no locks known. */
    public DeferIndexes(Phase phase, int move, List<String> sql) {
      this(phase, move, sql, List.of());
    }

    @Override
    public <R> R follow(Course<R> course) {
      return course.deferIndexes(this);
    }
  }

  /** Installs triggers (and for a copy the key log), and waits until the catalog shows them. */
  record InstallCapture(Phase phase, int move, List<String> sql, List<Lock> locks) implements Step {
    public InstallCapture {
      sql = List.copyOf(sql);
      locks = listOf(locks);
    }

    /** The same with no locks known. */
    public InstallCapture(Phase phase, int move, List<String> sql) {
      this(phase, move, sql, List.of());
    }

    @Override
    public <R> R follow(Course<R> course) {
      return course.installCapture(this);
    }
  }

  /** Fills the target range by range, in lanes, until every range is done (and in the tail). */
  record Fill(Phase phase, int move, List<String> sql, List<Lock> locks) implements Step {
    public Fill {
      sql = List.copyOf(sql);
      locks = listOf(locks);
    }

    /** The same with no locks known. */
    public Fill(Phase phase, int move, List<String> sql) {
      this(phase, move, sql, List.of());
    }

    @Override
    public <R> R follow(Course<R> course) {
      return course.fill(this);
    }
  }

  /** Builds what was deferred again and checks that the catalog equals what expand made. */
  record RestoreIndexes(Phase phase, int move, List<String> sql, List<Lock> locks) implements Step {
    public RestoreIndexes {
      sql = List.copyOf(sql);
      locks = listOf(locks);
    }

    /** The same with no locks known. */
    public RestoreIndexes(Phase phase, int move, List<String> sql) {
      this(phase, move, sql, List.of());
    }

    @Override
    public <R> R follow(Course<R> course) {
      return course.restoreIndexes(this);
    }
  }

  /** Compares both sides by value, range by range, then the keys captured since. */
  record Compare(Phase phase, int move, List<String> sql, List<Lock> locks) implements Step {
    public Compare {
      sql = List.copyOf(sql);
      locks = listOf(locks);
    }

    /** The same with no locks known. */
    public Compare(Phase phase, int move, List<String> sql) {
      this(phase, move, sql, List.of());
    }

    @Override
    public <R> R follow(Course<R> course) {
      return course.compare(this);
    }
  }

  /**
   * Checks every invariant of the spec, and goes on when those hold that must. Only in plans whose
   * spec has some.
   */
  record CheckInvariants(Phase phase) implements Step {
    @Override
    @JsonProperty(access = JsonProperty.Access.READ_ONLY)
    public List<String> sql() {
      return List.of();
    }

    @Override
    @JsonProperty(access = JsonProperty.Access.READ_ONLY)
    public List<Lock> locks() {
      return List.of();
    }

    @Override
    public <R> R follow(Course<R> course) {
      return course.checkInvariants(this);
    }
  }

  /**
   * Has the application's own transactions write the target of a copy, and waits until the target
   * equals the source at every commit.
   */
  record Flip(Phase phase, int move, List<String> sql, List<Lock> locks) implements Step {
    public Flip {
      sql = List.copyOf(sql);
      locks = listOf(locks);
    }

    @Override
    public <R> R follow(Course<R> course) {
      return course.flip(this);
    }
  }

  /**
   * Makes the new side the writing side, of all moves that are {@link MovePlan#together} with this
   * one at once.
   *
   * @param move the lowest number of them
   */
  record HandOver(Phase phase, int move, List<String> sql, List<Lock> locks) implements Step {
    public HandOver {
      sql = List.copyOf(sql);
      locks = listOf(locks);
    }

    /** The same with no locks known. */
    public HandOver(Phase phase, int move, List<String> sql) {
      this(phase, move, sql, List.of());
    }

    @Override
    public <R> R follow(Course<R> course) {
      return course.handOver(this);
    }
  }

  /** Keeps the old side warm for a while. */
  record Hold(Phase phase, Duration stability) implements Step {
    @Override
    @JsonProperty(access = JsonProperty.Access.READ_ONLY)
    public List<String> sql() {
      return List.of();
    }

    @Override
    @JsonProperty(access = JsonProperty.Access.READ_ONLY)
    public List<Lock> locks() {
      return List.of();
    }

    @Override
    public <R> R follow(Course<R> course) {
      return course.hold(this);
    }
  }

  /** Removes everything that was installed for a move. */
  record RemoveCapture(Phase phase, int move, List<String> sql, List<Lock> locks) implements Step {
    public RemoveCapture {
      sql = List.copyOf(sql);
      locks = listOf(locks);
    }

    /** The same with no locks known. */
    public RemoveCapture(Phase phase, int move, List<String> sql) {
      this(phase, move, sql, List.of());
    }

    @Override
    public <R> R follow(Course<R> course) {
      return course.removeCapture(this);
    }
  }

  // A plan of an earlier release names no locks.
  private static List<Lock> listOf(@Nullable List<Lock> locks) {
    return locks == null ? List.of() : List.copyOf(locks);
  }
}
