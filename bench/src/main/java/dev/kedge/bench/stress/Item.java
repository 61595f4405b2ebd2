package dev.kedge.bench.stress;

import java.util.SplittableRandom;

/**
 * What the application keeps of a row, in either shape.
 *
 * @param code unique among all rows
 * @param cents an amount; the old shape has it in units, the new one in cents
 */
record Item(String code, long cents, String note) {
  private static final long MOST_CENTS = 100_000;

  /** The row a table is loaded with, as {@link Side#refill} computes it in SQL. */
  static Item initial(long id, int generation) {
    return new Item("c" + generation + "-" + id, id * 7 % MOST_CENTS, "g" + generation + " " + id);
  }

  static Item random(SplittableRandom random) {
    return new Item(
        "r" + Long.toHexString(random.nextLong()),
        random.nextLong(MOST_CENTS),
        "n" + random.nextInt(1_000_000));
  }

  Item withCode(String other) {
    return new Item(other, cents, note);
  }
}
