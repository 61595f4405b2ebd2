package dev.kedge.schema;

import dev.kedge.plan.Quoting;
import dev.kedge.plan.Step.Destroyed;
import dev.kedge.spec.TableName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What one statement did: the catalog after it compared with the catalog before. */
final class CatalogDiff {
  // What is dropped first must not hold what is dropped later.
  private static final List<String> ORDER =
      List.of(
          "trigger",
          "policy",
          "rule",
          "view",
          "matview",
          "comment",
          "constraint",
          "notnull",
          "identity",
          "default",
          "index",
          "statistics",
          "column",
          "table",
          "domainconstraint",
          "sequence",
          "function",
          "procedure",
          "aggregate",
          "composite",
          "type",
          "domain",
          "schema",
          "extension");

  private final Map<String, CatalogObject> before;
  private final Map<String, CatalogObject> after;
  private final Set<String> original;
  private final List<CatalogObject> added;

  /**
   * @param original the keys of what was there before the first statement of the spec
   */
  CatalogDiff(
      Map<String, CatalogObject> before, Map<String, CatalogObject> after, Set<String> original) {
    this.before = before;
    this.after = after;
    this.original = original;
    this.added = after.values().stream().filter(o -> !before.containsKey(o.key())).toList();
  }

  /** Whether the catalog shows nothing of the statement. */
  boolean isEmpty() {
    return before.equals(after);
  }

  /**
   * Whether {@link #undo} takes back all of it. What was changed or removed of a thing that the
   * spec itself made goes with that thing.
   */
  boolean isReversible(Scratch scratch) {
    return !isEmpty()
        && added.stream().noneMatch(object -> replaces(object, scratch))
        && added.stream().allMatch(this::canGo)
        && before.values().stream().allMatch(this::isKeptOrOurs);
  }

  /**
   * The statements that drop what was added, in an order that works, one lock each. All say IF
   * EXISTS where PostgreSQL has it: what a migration removed meanwhile needs no undo.
   *
   * @param concurrently whether indexes are dropped as they were made
   */
  List<String> undo(Scratch scratch, boolean concurrently) {
    return added.stream()
        .filter(object -> goesAlone(object) && ORDER.contains(object.kind()))
        .sorted(Comparator.comparingInt(CatalogDiff::rank))
        .map(object -> scratch.real(drop(object, scratch, concurrently)))
        .toList();
  }

  /** Tables, and columns of tables that stay, that are gone. */
  List<Destroyed> destroyed(Scratch scratch) {
    Map<String, Destroyed> tables = new LinkedHashMap<>();
    Map<String, List<String>> columns = new TreeMap<>();
    for (CatalogObject object : before.values()) {
      if (after.containsKey(object.key())) {
        continue;
      }
      if (object.kind().equals("table")) {
        tables.put(
            object.key(), new Destroyed(realName(object, object.name(), scratch), List.of()));
      } else if (object.kind().equals("column") && isOfTable(object)) {
        columns
            .computeIfAbsent(Objects.requireNonNull(object.parent()), key -> new ArrayList<>())
            .add(object.name());
      }
    }
    List<Destroyed> destroyed = new ArrayList<>(tables.values());
    columns.forEach(
        (table, names) -> {
          CatalogObject owner = after.get(table);
          if (owner != null) {
            destroyed.add(new Destroyed(realName(owner, owner.name(), scratch), names));
          }
        });
    return destroyed;
  }

  private boolean isOfTable(CatalogObject column) {
    CatalogObject parent = column.parent() == null ? null : before.get(column.parent());
    return parent != null && parent.kind().equals("table");
  }

  private boolean canGo(CatalogObject object) {
    if (!goesAlone(object)) {
      return true;
    }
    if (object.kind().equals("validated")) {
      // Validating what the spec added goes with it; else it cannot be taken back.
      return isOurs(object.parent());
    }
    return ORDER.contains(object.kind()) ? !isColumnOfView(object) : isOurs(object.parent());
  }

  /**
   * Whether the real schema has such a thing already: functions and types are not cloned, so that
   * CREATE OR REPLACE made a second one here, where it will replace the first.
   */
  private boolean replaces(CatalogObject object, Scratch scratch) {
    return object.relation() == null
        && scratch.schemas().contains(object.schema())
        && before.values().stream()
            .anyMatch(
                other ->
                    other.relation() == null
                        && other.kind().equals(object.kind())
                        && other.schema().equals(scratch.realSchema(object.schema()))
                        && other.name().equals(object.name()));
  }

  private boolean isColumnOfView(CatalogObject object) {
    CatalogObject parent = object.parent() == null ? null : after.get(object.parent());
    return object.kind().equals("column") && parent != null && !parent.kind().equals("table");
  }

  /** Whether it must be dropped by itself: nothing that was added with it takes it along. */
  private boolean goesAlone(CatalogObject object) {
    return !object.hidden()
        && !isAdded(object.parent())
        && object.uses().stream().noneMatch(this::isAdded)
        && !(object.kind().equals("validated") && isOurs(object.parent()));
  }

  private boolean isAdded(@Nullable String key) {
    return key != null && after.containsKey(key) && !before.containsKey(key);
  }

  private boolean isKeptOrOurs(CatalogObject object) {
    CatalogObject now = after.get(object.key());
    return object.equals(now)
        || isOurs(object.key())
        || isOurs(object.parent())
        || object.uses().stream().anyMatch(this::isOurs);
  }

  private boolean isOurs(@Nullable String key) {
    return key != null && !original.contains(key);
  }

  private static int rank(CatalogObject object) {
    int rank = 2 * ORDER.indexOf(object.kind());
    boolean foreignKey =
        object.kind().equals("constraint") && object.definition().contains("|FOREIGN KEY");
    return foreignKey ? rank - 1 : rank;
  }

  private static TableName realName(CatalogObject object, String name, Scratch scratch) {
    return new TableName(scratch.realSchema(object.schema()), name);
  }

  private static String drop(CatalogObject object, Scratch scratch, boolean concurrently) {
    String table =
        object.relation() == null
            ? ""
            : Quoting.readable(realName(object, object.relation(), scratch));
    // The comment of a table has no name of its own.
    String plain = object.name().isEmpty() ? "" : Quoting.readable(object.name());
    String schema = scratch.realSchema(object.schema());
    String own = schema.isEmpty() ? plain : Quoting.readable(schema) + "." + plain;
    return switch (object.kind()) {
      case "trigger" -> "DROP TRIGGER IF EXISTS " + plain + " ON " + table;
      case "policy" -> "DROP POLICY IF EXISTS " + plain + " ON " + table;
      case "rule" -> "DROP RULE IF EXISTS " + plain + " ON " + table;
      case "view" -> "DROP VIEW IF EXISTS " + own;
      case "matview" -> "DROP MATERIALIZED VIEW IF EXISTS " + own;
      case "comment" ->
          object.name().isEmpty()
              ? "COMMENT ON TABLE " + table + " IS NULL"
              : "COMMENT ON COLUMN " + table + "." + plain + " IS NULL";
      case "constraint" -> alter(table, "DROP CONSTRAINT IF EXISTS " + plain);
      case "notnull" -> alter(table, "ALTER COLUMN " + plain + " DROP NOT NULL");
      case "identity" -> alter(table, "ALTER COLUMN " + plain + " DROP IDENTITY IF EXISTS");
      case "default" -> alter(table, "ALTER COLUMN " + plain + " DROP DEFAULT");
      case "index" -> "DROP INDEX " + (concurrently ? "CONCURRENTLY " : "") + "IF EXISTS " + own;
      case "statistics" -> "DROP STATISTICS IF EXISTS " + own;
      case "column" -> alter(table, "DROP COLUMN IF EXISTS " + plain);
      case "table" -> "DROP TABLE IF EXISTS " + own;
      case "domainconstraint" -> "ALTER DOMAIN " + table + " DROP CONSTRAINT IF EXISTS " + plain;
      case "sequence" -> "DROP SEQUENCE IF EXISTS " + own;
      case "function", "procedure", "aggregate" ->
          "DROP %s IF EXISTS %s.%s"
              .formatted(
                  object.kind().toUpperCase(java.util.Locale.ROOT),
                  Quoting.readable(schema),
                  object.name());
      case "composite", "type" -> "DROP TYPE IF EXISTS " + own;
      case "domain" -> "DROP DOMAIN IF EXISTS " + own;
      case "schema" -> "DROP SCHEMA IF EXISTS " + plain;
      case "extension" -> "DROP EXTENSION IF EXISTS " + plain;
      default -> throw new IllegalArgumentException("no way to drop a " + object.kind());
    };
  }

  private static String alter(String table, String action) {
    return "ALTER TABLE IF EXISTS " + table + " " + action;
  }
}
