package dev.kedge.bench.stress;

/**
 * What a round migrates: tables, spec, both sides as the application writes them, and an oracle in
 * SQL that was written by hand for this shape.
 */
sealed interface Shape
    permits CopyShape,
        FilterShape,
        InPlaceShape,
        JoinShape,
        PartitionedShape,
        SplitShape,
        UnionShape {
  /** The migration's name. */
  String migration();

  /** Makes the old shape, empty. */
  String schema();

  /** Drops whatever the round left. */
  String cleanup();

  String spec();

  Side old();

  Side next();

  /** The table whose rows refer to a parent; those without have no parents to delete. */
  default String parents() {
    return "";
  }

  /** Whether the side that is not written refuses; otherwise both may be written at any time. */
  boolean guarded();

  /** Whether the old side follows once the new one is written. */
  boolean followsBack();

  /** Whether the new side equals the old one at every commit, once it may be read. */
  default boolean atEveryCommit() {
    return false;
  }

  /** Whether the new side holds such a row. */
  default boolean keeps(Item item) {
    return true;
  }

  /**
   * A row for every key of either side: {@code id}, and {@code kind} lost, ghost, stale or same.
   */
  String oracle();
}
