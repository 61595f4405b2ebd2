package dev.kedge.plan;

import dev.kedge.spec.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the steps of one move do, as SQL a person reads in a plan. The engine's own statements say
 * the same with fences, casts and bounds around it; names of what is installed are left to it.
 */
final class StepSql {
  private static final String CREATE_TRIGGER = "ShareRowExclusiveLock";
  private static final String ACCESS_EXCLUSIVE = "AccessExclusiveLock";
  private static final String APPLY_THE_LAST =
      "-- apply the last captured keys; at most 50 ms, or roll back and try again";

  private final MovePlan move;
  private final String source;
  private final String target;
  private final String range;

  StepSql(MovePlan move) {
    this.move = move;
    this.source = Quoting.readable(move.source());
    this.target = Quoting.readable(move.target());
    String key =
        move.key().stream()
            .map(column -> Quoting.readable(column.source()))
            .collect(Collectors.joining(", "));
    String bounds = move.key().size() == 1 ? key : "(" + key + ")";
    this.range = bounds + " > $lo AND " + bounds + " <= $hi";
  }

  List<String> deferIndexes() {
    return List.of(
        "-- record the indexes, unique constraints and foreign keys of %s, its key apart\n"
                .formatted(target)
            + "DROP INDEX …; ALTER TABLE %s DROP CONSTRAINT …".formatted(target));
  }

  List<String> restoreIndexes() {
    return List.of("CREATE INDEX CONCURRENTLY … ON %s …".formatted(target));
  }

  List<String> keepIndexes() {
    return List.of("-- %s is partitioned: its indexes stay while it is filled".formatted(target));
  }

  List<String> analyze() {
    return List.of("ANALYZE " + target);
  }

  List<String> installCapture() {
    if (inPlace()) {
      return List.of(
          """
          CREATE TRIGGER … BEFORE INSERT OR UPDATE ON %s FOR EACH ROW …
          -- in the application's own writes: %s"""
              .formatted(source, assignments(move.columns(), "; ")));
    }
    return List.of(
        """
        CREATE TRIGGER … AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s …
        -- notes the keys of changed rows"""
            .formatted(
                move.sources().stream().map(Quoting::readable).collect(Collectors.joining(", "))),
        """
        CREATE TRIGGER … BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s …
        -- until writes, refuses writes that are not Kedge's"""
            .formatted(target));
  }

  List<String> fill() {
    if (inPlace()) {
      return move.quiet()
          ? List.of("SET LOCAL session_replication_role = replica", update())
          : List.of(update());
    }
    return List.of("INSERT INTO %s (%s)\n%s".formatted(target, names(), projection()));
  }

  List<String> compare() {
    if (inPlace()) {
      return List.of(
          "SELECT count(*) FROM %s\nWHERE %s\n  AND (%s)".formatted(source, range, differences()));
    }
    return List.of(
        """
        -- by value, both ways, in one snapshot
        %s
        EXCEPT ALL
        SELECT %s
        FROM %s%s"""
            .formatted(
                projection(),
                names(),
                target,
                move.owns() == null ? "" : "\nWHERE " + onOneLine(move.owns())));
  }

  /** What copies that hand over together do; of one alone, what it does. */
  static List<String> handOver(List<StepSql> group) {
    StepSql leader = group.get(0);
    if (group.size() == 1) {
      return leader.handOver();
    }
    String tables =
        group.stream()
            .flatMap(each -> each.move.tables().stream())
            .distinct()
            .map(Quoting::readable)
            .collect(Collectors.joining(", "));
    List<String> sql = new ArrayList<>();
    sql.add("LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE".formatted(tables));
    sql.add(APPLY_THE_LAST);
    group.forEach(each -> sql.add(each.turned()));
    return sql;
  }

  /** The locks of {@link #handOver(List)}. */
  static List<Step.Lock> handedOver(List<StepSql> group) {
    return group.stream().flatMap(each -> each.triggersChanged().stream()).distinct().toList();
  }

  private List<String> handOver() {
    if (inPlace()) {
      return List.of(
          move.reverse().isEmpty()
              ? "-- the new columns of %s are the application's to write".formatted(source)
              : "-- the trigger's other half, on: %s".formatted(assignments(move.reverse(), "; ")));
    }
    return List.of(
        "LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE".formatted(sources()), APPLY_THE_LAST, turned());
  }

  private String turned() {
    String follows =
        move.reverse().isEmpty()
            ? "-- the old side stays as it is from now on"
            : "-- from now on the old side follows: %s"
                .formatted(assignments(move.reverse(), ", "));
    return "-- %s takes writes, %s refuses them\n%s".formatted(target, sources(), follows);
  }

  private String sources() {
    return move.sources().stream().map(Quoting::readable).collect(Collectors.joining(", "));
  }

  List<String> flip() {
    return List.of(
        "LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE".formatted(source),
        "-- apply the last captured keys; at most 50 ms, or roll back and try again",
        """
        CREATE TRIGGER … AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT …
        -- writes %s in the application's own transaction; it never fails a write: what it cannot
        -- bring over stays in the log, is converged afterwards, or is found by key"""
            .formatted(source, target),
        "-- wait until no transaction is left that began before, and converge what they wrote");
  }

  List<String> removeCapture() {
    return move.tables().stream()
        .map(Quoting::readable)
        .map("DROP TRIGGER … ON %s"::formatted)
        .toList();
  }

  List<Step.Lock> targetRebuilt() {
    return List.of(lock(move.target(), ACCESS_EXCLUSIVE));
  }

  List<Step.Lock> triggersChanged() {
    return onBoth(CREATE_TRIGGER);
  }

  List<Step.Lock> sourceChanged() {
    return List.of(lock(move.source(), CREATE_TRIGGER));
  }

  List<Step.Lock> triggersDropped() {
    return onBoth(ACCESS_EXCLUSIVE);
  }

  List<Step.Lock> rowsWritten() {
    Stream<Step.Lock> read = move.sources().stream().map(table -> lock(table, "AccessShareLock"));
    Stream<Step.Lock> written = Stream.of(lock(move.target(), "RowExclusiveLock"));
    return (inPlace() ? written : Stream.concat(read, written)).toList();
  }

  List<Step.Lock> rowsRead() {
    return onBoth("AccessShareLock");
  }

  private List<Step.Lock> onBoth(String mode) {
    return move.tables().stream().map(table -> lock(table, mode)).toList();
  }

  private static Step.Lock lock(TableName table, String mode) {
    return new Step.Lock(table.toString(), mode);
  }

  private String update() {
    return "UPDATE %s\nSET %s\nWHERE %s\n  AND (%s)"
        .formatted(source, assignments(move.columns(), ", "), range, differences());
  }

  private String projection() {
    String values = move.columns().stream().map(StepSql::shown).collect(Collectors.joining(", "));
    String where = move.where() == null ? "" : "\n  AND (" + move.where() + ")";
    return "SELECT %s\nFROM %s%s\nWHERE %s%s".formatted(values, source, joins(), range, where);
  }

  private String joins() {
    return move.joins().stream().map(StepSql::join).collect(Collectors.joining());
  }

  private static String join(JoinedTable join) {
    String table = Quoting.readable(join.table());
    String key =
        join.key().stream()
            .map(
                column ->
                    "%s.%s = %s"
                        .formatted(
                            table,
                            Quoting.readable(column.source()),
                            Quoting.readable(column.target())))
            .collect(Collectors.joining(" AND "));
    return "\n%s %s ON %s".formatted(join.optional() ? "LEFT JOIN" : "JOIN", table, key);
  }

  private static String onOneLine(String sql) {
    return sql.replace("(\n", "(").replace("\n)", ")");
  }

  private String names() {
    return move.columns().stream()
        .map(column -> Quoting.readable(column.column()))
        .collect(Collectors.joining(", "));
  }

  private String differences() {
    return move.columns().stream()
        .map(column -> Quoting.readable(column.column()) + " IS DISTINCT FROM " + shown(column))
        .collect(Collectors.joining(" OR "));
  }

  private static String assignments(List<ProjectedColumn> columns, String separator) {
    return columns.stream()
        .map(column -> Quoting.readable(column.column()) + " = " + shown(column))
        .collect(Collectors.joining(separator));
  }

  private static String shown(ProjectedColumn column) {
    String expression = column.expression();
    return PlainColumn.of(expression)
        .filter(name -> Quoting.name(name).equals(expression))
        .map(Quoting::readable)
        .orElse(expression);
  }

  private boolean inPlace() {
    return move.kind() == MovePlan.Kind.IN_PLACE;
  }
}
