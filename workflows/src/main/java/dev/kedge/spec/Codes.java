package dev.kedge.spec;

/** The codes of what can be wrong with a spec; they never change their meaning. */
final class Codes {
  /** Not YAML. */
  static final String SYNTAX = "KD1000";

  /** A tab where YAML wants spaces. */
  static final String TAB = "KD1001";

  static final String DUPLICATE = "KD1002";

  /** No document, or several. */
  static final String DOCUMENTS = "KD1003";

  /** An anchor, alias or tag; too large; too deep. */
  static final String FORBIDDEN = "KD1004";

  /** A value of another type or out of range. */
  static final String VALUE = "KD1005";

  static final String SECRET = "KD1006";
  static final String UNKNOWN = "KD1007";
  static final String MISSING = "KD1008";

  /** Known by name, not built yet. */
  static final String LATER = "KD1009";

  /** Gates, approvals and the order of phases. */
  static final String GATES = "KD1101";

  /** Moves that contradict themselves or each other. */
  static final String MOVES = "KD1102";

  /** Guards that could never do what they are for. */
  static final String GUARDS = "KD1103";

  /** Invariants that are neither a query nor a pair, or that a guard counts in vain. */
  static final String INVARIANTS = "KD1104";

  static final String IDENTIFIER = "KD2103";
  static final String EXPRESSION = "KD2104";

  private Codes() {}
}
