package dev.kedge.plan;

import java.util.Set;

/** The codes of what a database forbids; they never change their meaning. */
final class RefusalCodes {
  /** A table or column that is not there. */
  static final String MISSING = "KD2101";

  static final String KEY = "KD2102";
  static final String EXPRESSION = "KD2104";

  /** A value of one type would go into a column of another without a word. */
  static final String TYPE = "KD2105";

  /** A contract statement the server refuses, or whose effect something else stands on. */
  static final String CONTRACT = "KD2108";

  static final String EXPAND = "KD2109";
  static final String NO_UNDO = "KD2110";

  /** A view, foreign, partitioned or inherited table. */
  static final String TABLE_KIND = "KD2111";

  /** A type whose values cannot be compared. */
  static final String NO_COMPARISON = "KD2112";

  /** A NOT NULL column that nothing fills. */
  static final String NOT_FILLED = "KD2113";

  /** A column computed from itself. */
  static final String FROM_ITSELF = "KD2114";

  /** A column that cannot be written, or not by us. */
  static final String NOT_WRITABLE = "KD2115";

  /** The target has no key that is the source's. */
  static final String TARGET_KEY = "KD2116";

  static final String ROWS_IN_TARGET = "KD2117";
  static final String PUBLICATION = "KD2118";
  static final String REFERENCED = "KD2119";

  /** Triggers or rules that would answer to what we write. */
  static final String TRIGGERS = "KD2120";

  /** Two parts of a move that do not go together yet. */
  static final String LATER = "KD2121";

  /** A unique index on a column that is filled in place. */
  static final String UNIQUE = "KD2122";

  /** Another constraint on a column that is filled in place. */
  static final String CONSTRAINT = "KD2126";

  /** A BEFORE trigger that fires after ours. */
  static final String LATER_TRIGGER = "KD2127";

  /** The spec accepts triggers that are not there. */
  static final String FIRES = "KD2128";

  /** A joined table whose rows cannot be put beside the source's. */
  static final String JOIN = "KD2130";

  /** A move that does not say which rows of a shared target are its own, or says it wrongly. */
  static final String OWNS = "KD2131";

  /** A target that counts by itself what the source counts. */
  static final String GENERATOR = "KD2132";

  /** A way of comparing a column that proves nothing, or has no meaning for it. */
  static final String COMPARE = "KD2135";

  /** Rows for every round that cannot be found. */
  static final String DEEP_CHECK = "KD2139";

  static final String RIGHTS = "KD2201";
  static final String ROW_SECURITY = "KD2202";
  static final String STANDBY = "KD2203";
  static final String OWNED = "KD3001";

  /** That no key finds the rows of both sides. */
  static final Set<String> OF_KEYS = Set.of(KEY, TARGET_KEY);

  /** What speaks against writing a table, and is no matter where it is only compared. */
  static final Set<String> OF_WRITING =
      Set.of(
          NOT_FILLED,
          ROWS_IN_TARGET,
          REFERENCED,
          TRIGGERS,
          UNIQUE,
          CONSTRAINT,
          LATER_TRIGGER,
          FIRES,
          GENERATOR,
          RIGHTS);

  private RefusalCodes() {}
}
