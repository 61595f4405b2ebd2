package dev.kedge.bench.stress;

import java.util.List;
import java.util.SplittableRandom;

/** The shapes a run may take. */
final class Shapes {
  /** Every shape there is, in the order in which rounds take them. */
  static final List<Maker> ALL =
      List.of(
          new Maker("copy", CopyShape::make),
          new Maker("in-place", InPlaceShape::make),
          new Maker("filter", FilterShape::make),
          new Maker("split", SplitShape::make),
          new Maker("union", UnionShape::make),
          new Maker("join", JoinShape::make),
          new Maker("partitioned", PartitionedShape::make),
          new Maker("synchronous", CopyShape::makeSynchronous));

  private Shapes() {}

  /**
   * How to make a shape anew.
   *
   * @param name what it is called on the command line and in the summary
   * @param recipe makes it
   */
  record Maker(String name, Recipe recipe) {}

  /** Makes a shape whose names all begin with {@code prefix}. */
  @FunctionalInterface
  interface Recipe {
    Shape make(String prefix, SplittableRandom random);
  }
}
