package dev.kedge.reconcile;

import dev.kedge.backfill.Direction;
import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.projection.AlongTheKey;
import dev.kedge.projection.Digest;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The statements that {@link CopyMatcher} compares a range with: both sides are read once, along
 * their keys, and merged as they come; nothing is kept but what differs. Why something differs is
 * asked only then, in the same snapshot.
 */
final class RangeSql {
  /** More differing keys are not told: then a chunk is cut smaller. */
  static final int MOST_KEYS = 5_000;

  /**
   * Statistics that are wrong must not make one side a hash table: it would be read whole before
   * the first row is compared, and spill to disk.
   */
  static final String SETTINGS = AlongTheKey.SETTINGS + "; SET LOCAL enable_hashjoin = off";

  /** For what is asked about keys afterwards, whose number is known. */
  static final String KEY_SETTINGS =
      "SET LOCAL enable_hashjoin = on; SET LOCAL enable_sort = on; SET LOCAL enable_seqscan = on";

  private RangeSql() {}

  /** The truth's key after which {@code rows} rows of its side have been passed. */
  static Fragment cutOfTruth(Projection projection, KeyRange rest, int rows) {
    KeySide key = projection.readKey();
    // Inside, or every row that is passed over would be turned into text.
    return Fragment.of(
            "SELECT %s AS key\nFROM (\n  SELECT %s\n  FROM %s\n  WHERE "
                .formatted(key.asTexts("k."), key.list(""), Quoting.table(projection.read())))
        .then(projection.readIn(rest))
        .then("\n  ORDER BY %s\n  OFFSET ? LIMIT 1\n) k".formatted(key.list("")), rows - 1);
  }

  /**
   * The key of the following side after which {@code rows} of its rows have been passed, and the
   * one after it if there is one.
   */
  static Fragment cutOfFollower(Direction direction, KeyRange rest, int rows) {
    Projection projection = direction.projection();
    return Fragment.of(
            "SELECT %s AS key\nFROM (\n  SELECT %s\n  FROM %s\n  WHERE "
                .formatted(
                    CopySql.followerTexts(direction, "k."),
                    projection.writtenKey().list(""),
                    Quoting.table(projection.written())))
        .then(projection.writtenIn(rest))
        .then(projection.andOwned())
        .then(
            "\n  ORDER BY %s\n  OFFSET ? LIMIT 2\n) k"
                .formatted(projection.writtenKey().inOrderOf(projection.readKey(), "")),
            rows - 1);
  }

  /**
   * Compares a range; one row: how many keys there are on either side, a digest of the truth's
   * rows, how many keys differ, and {@code keys}, the first of them, kind and key each.
   */
  static Fragment compare(Direction direction, KeyRange range, Moment moment) {
    return compare(
        direction,
        range,
        filled(direction, moment),
        Digest.of(direction.projection().columns(), "p."));
  }

  /** The same of tables that nothing of ours works on, without a digest. */
  static Fragment look(Direction direction, KeyRange range) {
    return compare(direction, range, Fragment.NONE, "0::bigint");
  }

  private static Fragment compare(
      Direction direction, KeyRange range, Fragment filled, String digest) {
    Projection projection = direction.projection();
    // What is computed of a pair is computed in the join's own list, once, and what it was computed
    // of goes no further.
    return Fragment.of(
            """
            SELECT count(*) AS found, coalesce(sum(x.digest), 0)::text AS digest,
              count(x.kind) AS differing,
              (array_agg(ARRAY[x.kind, %s]) FILTER (WHERE x.kind IS NOT NULL))[1:%d] AS keys
            FROM (
              SELECT CASE WHEN p.kedge_k1 IS NOT NULL THEN %s END AS digest,
                %s,
                CASE
                  WHEN p.kedge_k1 IS NULL THEN 'extra'
                  WHEN t.%s IS NULL THEN 'missing'
                  WHEN %s THEN 'different'
                END AS kind
              FROM (
            """
                .formatted(
                    keyTexts(projection),
                    MOST_KEYS,
                    digest,
                    keys(projection),
                    Quoting.name(projection.writtenKey().names().get(0)),
                    new Likeness(projection.written()).differ(values(projection), "p.", "t.")))
        .then(projection.rowsAlongTheKey(range, filled))
        .then("\n  ) p\n  FULL JOIN (\n")
        .then(projection.writtenRows(range))
        .then("\n  ) t ON %s\n  OFFSET 0\n) x".formatted(joined(projection)));
  }

  /**
   * Which of the keys the log explains: their places, from 1. Binds one array a key column, as
   * text.
   */
  static Fragment explained(Direction direction, List<List<String>> columns, Moment moment) {
    KeySide key = direction.log().columns();
    Fragment query = Fragment.of("WITH ").then(CopySql.window(direction, moment));
    return query.then(
        """

            SELECT u.place
            FROM unnest(%s) WITH ORDINALITY AS u (%s, place)
            LEFT JOIN kedge_window w ON %s
            WHERE %s"""
            .formatted(
                key.names().stream().map(name -> "?::text[]").collect(Collectors.joining(", ")),
                key.list(""),
                same(key),
                CopySql.EXPLAINED),
        columns.toArray());
  }

  // Keys are the same when their bytes are, as everywhere in a log.
  private static String same(KeySide key) {
    return IntStream.range(0, key.names().size())
        .mapToObj(
            i -> {
              String name = key.names().get(i);
              String type = key.types().get(i);
              String bytes = KeySide.isText(type) ? " COLLATE \"C\"" : "";
              return "u.%1$s::%2$s%3$s = w.%1$s%3$s".formatted(name, type, bytes);
            })
        .collect(Collectors.joining(" AND "));
  }

  // Of a range that is not filled yet, only what is filled is wanted.
  private static Fragment filled(Direction direction, Moment moment) {
    if (!moment.open()) {
      return Fragment.NONE;
    }
    List<String> cursor = moment.cursor();
    return cursor == null
        ? Fragment.of("\n  AND false")
        : Fragment.of("\n  AND ")
            .then(direction.projection().readKey().in(new KeyRange(null, cursor), ""));
  }

  // What the join has found equal need not be looked at again.
  private static List<ProjectedColumn> values(Projection projection) {
    List<String> key = projection.writtenKey().names();
    return projection.columns().stream()
        .filter(
            column ->
                !key.contains(column.column())
                    || column.comparison() != Comparison.PLAIN
                    || column.compare() != null)
        .toList();
  }

  // By the key as it is stored where one order serves both: a cast has no index to be merged along.
  private static String joined(Projection projection) {
    KeySide written = projection.writtenKey();
    List<String> parts =
        IntStream.range(0, written.names().size())
            .mapToObj(
                i -> {
                  String name = Quoting.name(written.names().get(i));
                  boolean integers =
                      KeySide.areIntegers(
                          projection.readKey().types().get(i), written.types().get(i));
                  return "p.%s = t.%s".formatted(integers ? "kedge_k" + (i + 1) : name, name);
                })
            .toList();
    return String.join(" AND ", parts);
  }

  private static String keys(Projection projection) {
    List<String> written = projection.writtenKey().names();
    return IntStream.range(0, written.size())
        .mapToObj(
            i -> "coalesce(p.%1$s, t.%1$s) AS k%2$d".formatted(Quoting.name(written.get(i)), i + 1))
        .collect(Collectors.joining(", "));
  }

  private static String keyTexts(Projection projection) {
    List<String> types = projection.readKey().types();
    return IntStream.range(0, types.size())
        .mapToObj(i -> "x.k%d::%s::text".formatted(i + 1, types.get(i)))
        .collect(Collectors.joining(", "));
  }
}
