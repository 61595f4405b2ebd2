package dev.kedge.reconcile;

import dev.kedge.backfill.Direction;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Placeholders;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which keys of a range a predicate over a source row means: those of its rows, and those of the
 * target that the source has no row of, for which nobody can say.
 */
final class DeepSql {
  private DeepSql() {}

  /** Keys of a copy, as the truth's type has them. */
  static Fragment keys(Subject subject, Direction direction, String predicate, KeyRange range) {
    KeySide source = Projection.sourceKey(subject.move());
    KeySide target = Projection.targetKey(subject.move());
    List<String> types = direction.projection().readKey().types();
    String means = "(\n" + Placeholders.escape(predicate) + "\n) IS TRUE AS kedge_means";
    return Fragment.of(
            "SELECT ARRAY[%s] AS key\nFROM (\n"
                .formatted(
                    each(
                        types.size(),
                        i ->
                            "coalesce(s.s%1$d::%2$s, t.t%1$d::%2$s)::text"
                                .formatted(i + 1, types.get(i)),
                        ", ")))
        .then(ofSource(direction, named(source, "s") + ", " + means, range))
        .then("\n) s\nFULL JOIN (\n")
        .then(ofTarget(direction, named(target, "t"), range))
        .then(
            "\n) t ON %s\nWHERE s.kedge_means IS NOT FALSE"
                .formatted(each(types.size(), i -> same(source, target, i), " AND ")));
  }

  /** Keys of a move in place. */
  static Fragment keysInPlace(Projection projection, String predicate, KeyRange range) {
    return Fragment.of(
            "SELECT %s AS key\nFROM %s\nWHERE "
                .formatted(projection.readKey().asTexts(""), Quoting.table(projection.read())))
        .then(projection.readIn(range))
        .then("\n  AND (\n" + Placeholders.escape(predicate) + "\n)");
  }

  private static Fragment ofSource(Direction direction, String list, KeyRange range) {
    return isForward(direction)
        ? direction.projection().rowsAs(list, range)
        : ofWritten(direction.projection(), list, range);
  }

  private static Fragment ofTarget(Direction direction, String list, KeyRange range) {
    return isForward(direction)
        ? ofWritten(direction.projection(), list, range)
        : direction.projection().rowsAs(list, range);
  }

  private static boolean isForward(Direction direction) {
    return direction.writing().equals("old");
  }

  private static Fragment ofWritten(Projection projection, String list, KeyRange range) {
    return Fragment.of(
            "SELECT %s\nFROM %s\nWHERE ".formatted(list, Quoting.table(projection.written())))
        .then(projection.writtenIn(range))
        .then(projection.andOwned());
  }

  private static String named(KeySide key, String letter) {
    return each(
        key.names().size(),
        i -> Quoting.name(key.names().get(i)) + " AS " + letter + (i + 1),
        ", ");
  }

  private static String same(KeySide source, KeySide target, int i) {
    String from = source.types().get(i);
    String to = target.types().get(i);
    boolean plain = from.equals(to) || KeySide.areIntegers(from, to);
    return "s.s%1$d%2$s = t.t%1$d".formatted(i + 1, plain ? "" : "::" + to);
  }

  private static String each(int number, IntFunction<String> form, String between) {
    return IntStream.range(0, number).mapToObj(form).collect(Collectors.joining(between));
  }
}
