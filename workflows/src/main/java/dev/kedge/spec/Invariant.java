package dev.kedge.spec;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Something that must be true of the data: a query that returns the rows that offend, or two whose
 * results must be equal as multisets, by value.
 *
 * @param name what people call it, unique in the spec
 * @param sql one SELECT whose rows offend; null for a pair
 * @param source one SELECT over the old side; null without a pair
 * @param target one SELECT over the new side, with as many columns; null without a pair
 * @param from the phase at whose beginning it must hold first; null for what it reads to decide
 * @param every how often it is checked beside its places in the walk; null for {@link #EVERY}
 * @param timeout how long one query of it may take; null for {@link #TIMEOUT}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Invariant(
    String name,
    @Nullable String sql,
    @Nullable String source,
    @Nullable String target,
    @Nullable From from,
    @Nullable Duration every,
    @Nullable Duration timeout) {
  /** Seldom enough for a query over a whole table, often enough to be told within one coffee. */
  public static final Duration EVERY = Duration.ofMinutes(10);

  /** What the longest chunk may take: no snapshot of ours on the source is older unless asked. */
  public static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** When an invariant must hold first. */
  public enum From {
    /** Before the first row is copied. */
    BACKFILL,
    /** Once all rows are. */
    RECONCILE;

    /** The name in specs: the phase's. */
    @JsonValue
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The one of that label; empty for any other text. */
    static Optional<From> find(String label) {
      return List.of(values()).stream().filter(each -> each.label().equals(label)).findFirst();
    }

    /** The one of that label. Throws {@link IllegalArgumentException} for any other text. */
    @JsonCreator
    public static From of(String label) {
      return find(label)
          .orElseThrow(
              () -> new IllegalArgumentException("no invariant begins at \"" + label + "\""));
    }
  }

  public Invariant {
    Objects.requireNonNull(name, "name");
    boolean pair = source != null && target != null;
    if ((sql == null) != pair || (source == null) != (target == null)) {
      throw new IllegalArgumentException("an invariant is a query or a pair: " + name);
    }
  }

  /** A query whose rows offend. */
  public static Invariant of(String name, String sql) {
    return new Invariant(name, sql, null, null, null, null, null);
  }

  /** Two queries whose results must be equal. */
  public static Invariant of(String name, String source, String target) {
    return new Invariant(name, null, source, target, null, null, null);
  }

  /** The same from another phase on. */
  public Invariant from(From first) {
    return new Invariant(name, sql, source, target, first, every, timeout);
  }

  /** The same within another time. */
  public Invariant within(Duration bound) {
    return new Invariant(name, sql, source, target, from, every, bound);
  }

  /** Its queries as they were written, one or two. */
  public List<String> queries() {
    List<String> queries = new ArrayList<>();
    for (String each : new @Nullable String[] {sql, source, target}) {
      if (each != null) {
        queries.add(each);
      }
    }
    return queries;
  }

  /**
   * The one query whose rows offend. Of a pair it returns each row that one side has more often
   * than the other: the server compares, and one statement has one snapshot.
   */
  public String offending() {
    if (sql != null) {
      return sql;
    }
    return """
        SELECT *
        FROM (
          (SELECT * FROM (
        %1$s
          ) s EXCEPT ALL SELECT * FROM (
        %2$s
          ) t)
          UNION ALL
          (SELECT * FROM (
        %2$s
          ) t EXCEPT ALL SELECT * FROM (
        %1$s
          ) s)
        ) kedge_differing"""
        .formatted(source, target);
  }

  /** Whether it compares two results. */
  public boolean comparesTwo() {
    return source != null;
  }

  /** How often it is checked beside its places in the walk. */
  public Duration interval() {
    return every == null ? EVERY : every;
  }

  /** How long one query of it may take. */
  public Duration limit() {
    return timeout == null ? TIMEOUT : timeout;
  }
}
