package dev.kedge.drift;

/** What a table is to a move, which decides what may change about it. */
enum Role {
  SOURCE,
  JOINED,
  TARGET,
  /** Source and target at once. */
  IN_PLACE
}
