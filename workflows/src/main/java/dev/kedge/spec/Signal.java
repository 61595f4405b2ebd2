package dev.kedge.spec;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Stream;

/** What guards look at: how the database fares, and how the migration does. */
public enum Signal {
  /** The largest replay lag of all replicas, by time. */
  REPLICATION_LAG("replicationLag", Unit.DURATION),
  /** Sessions that are not ours and wait for a lock of ours. */
  BLOCKED_BY_US("blockedByUs", Unit.COUNT),
  /** Sessions that are not ours and run a statement. */
  ACTIVE_SESSIONS("activeSessions", Unit.COUNT),
  /** WAL the whole server writes, a second. */
  WAL_PER_SECOND("walPerSecond", Unit.BYTES),
  /**
   * WAL that the slot furthest behind keeps from being removed; a lost slot is beyond every bound.
   */
  SLOT_RETENTION("slotRetention", Unit.BYTES),
  /** Age of the oldest snapshot, prepared transaction or slot, in transactions. */
  OLDEST_XMIN("oldestXmin", Unit.COUNT),
  /**
   * How long a small commit of ours takes that waits for the disk, and for whoever is synchronous.
   */
  COMMIT_LATENCY("commitLatency", Unit.DURATION),
  /** Autovacuum workers on the tables of the migration. */
  AUTOVACUUM("autovacuum", Unit.COUNT),
  /** The size of the database; how much is free no server says. */
  DATABASE_SIZE("databaseSize", Unit.BYTES),
  /** How long nothing went forward although nothing limited it. */
  STALLED_FOR("stalledFor", Unit.DURATION),
  /**
   * Real differences that are open; beyond every bound while each round brings more than the last.
   */
  DIFFERENCES("differences", Unit.COUNT),
  /** Invariants of the spec that are violated; counted where they are checked. */
  INVARIANT("invariant", Unit.COUNT),
  /** A query of the spec that returns one number. */
  QUERY("query", Unit.COUNT);

  /** What its values are counted in. */
  public enum Unit {
    /** Milliseconds; written as a duration. */
    DURATION,
    /** Bytes; written as 40MB. */
    BYTES,
    /** A number. */
    COUNT;

    /** A value in this unit as people write it, rounded where that tells nothing. */
    public String format(double value) {
      return switch (this) {
        case DURATION -> duration(value);
        case BYTES -> Sizes.format(value);
        case COUNT -> count(value);
      };
    }

    private static String duration(double millis) {
      long whole = Math.round(millis);
      if (whole < 1_000) {
        return whole + "ms";
      }
      return whole % 1_000 == 0 || whole >= 100_000
          ? Durations.format(Duration.ofSeconds(Math.round(whole / 1_000.0)))
          : String.format(Locale.ROOT, "%.1fs", whole / 1_000.0);
    }

    private static String count(double value) {
      return value == Math.rint(value) && Math.abs(value) < 1e15
          ? Long.toString(Math.round(value))
          : String.format(Locale.ROOT, "%.2f", value);
    }
  }

  private final String label;
  private final Unit unit;

  Signal(String label, Unit unit) {
    this.label = label;
    this.unit = unit;
  }

  /** The name in specs, statuses and JSON. */
  @JsonValue
  public String label() {
    return label;
  }

  public Unit unit() {
    return unit;
  }

  /** What the signal of that label is counted in; a query's, for any other text. */
  public static Unit unitOf(String label) {
    return Stream.of(values())
        .filter(signal -> signal.label.equals(label))
        .map(Signal::unit)
        .findFirst()
        .orElse(Unit.COUNT);
  }

  /** The signal of that label. Throws {@link IllegalArgumentException} for any other text. */
  @JsonCreator
  public static Signal of(String label) {
    for (Signal signal : values()) {
      if (signal.label.equals(label)) {
        return signal;
      }
    }
    throw new IllegalArgumentException("no signal is named \"" + label + "\"");
  }
}
