package dev.kedge.plan;

import dev.kedge.plan.Catalog.Column;
import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.Catalog.Table;
import dev.kedge.plan.Catalog.UniqueIndex;
import dev.kedge.spec.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tables of a catalog by hand: {@code "id bigint pk"}, {@code "note character varying(9)"}. */
final class Tables {
  private static final Set<String> MARKS =
      Set.of("pk", "notnull", "default", "generated", "always", "bydefault", "uncomparable");

  private final String name;
  private final List<Column> columns = new ArrayList<>();
  private final List<UniqueIndex> indexes = new ArrayList<>();
  private final List<String> key = new ArrayList<>();
  private String kind = "r";
  private boolean partition;
  private boolean rowSecurity;
  private boolean rows;
  private List<String> triggers = List.of();
  private List<String> referencedBy = List.of();
  private List<String> foreignKeys = List.of();
  private List<String> missingRights = List.of();
  private Reactions reactions = Reactions.NONE;
  private Catalog.@Nullable Partitioning partitioning;

  private Tables(String name) {
    this.name = name;
  }

  static Tables table(String name, String... columns) {
    Tables table = new Tables(name);
    for (String column : columns) {
      table.column(column);
    }
    if (!table.key.isEmpty()) {
      table.indexes.add(new UniqueIndex(name + "_pkey", table.key, true, true, null, false));
    }
    return table;
  }

  private void column(String text) {
    List<String> words = new ArrayList<>(List.of(text.split(" ")));
    String column = words.remove(0);
    List<String> marks = new ArrayList<>();
    String sequence = null;
    if (words.get(words.size() - 1).startsWith("draws:")) {
      sequence = words.remove(words.size() - 1).substring("draws:".length());
    }
    while (MARKS.contains(words.get(words.size() - 1))) {
      marks.add(words.remove(words.size() - 1));
    }
    String type = String.join(" ", words);
    if (marks.contains("pk")) {
      key.add(column);
    }
    columns.add(
        new Column(
            column,
            type,
            type.startsWith("character") ? Types.base(type) : type,
            marks.contains("pk") || marks.contains("notnull"),
            marks.contains("default"),
            marks.contains("generated") ? "s" : "",
            marks.contains("always") ? "a" : marks.contains("bydefault") ? "d" : "",
            marks.contains("uncomparable") ? null : comparison(type),
            sequence));
  }

  private static Comparison comparison(String type) {
    return type.equals("text") || type.startsWith("char") ? Comparison.BYTES : Comparison.PLAIN;
  }

  Tables unique(String index, String... of) {
    indexes.add(new UniqueIndex(index, List.of(of), false, true, null, false));
    return this;
  }

  Tables unusable(String index, String why, String... of) {
    boolean partial = why.contains("partial");
    indexes.add(new UniqueIndex(index, List.of(of), false, false, why, partial));
    return this;
  }

  Tables kind(String relkind) {
    kind = relkind;
    return this;
  }

  Tables partition() {
    partition = true;
    return this;
  }

  Tables partitionedBy(String... columns) {
    return partitioned(new Catalog.Partitioning(List.of(columns), List.of(), false));
  }

  Tables partitioned(Catalog.Partitioning by) {
    kind = "p";
    partitioning = by;
    return this;
  }

  Tables rowSecurity() {
    rowSecurity = true;
    return this;
  }

  Tables rows() {
    rows = true;
    return this;
  }

  Tables triggers(String... names) {
    triggers = List.of(names);
    return this;
  }

  Tables referencedBy(String... names) {
    referencedBy = List.of(names);
    return this;
  }

  Tables foreignKeys(String... names) {
    foreignKeys = List.of(names);
    return this;
  }

  Tables lacks(String... rights) {
    missingRights = List.of(rights);
    return this;
  }

  Tables reacts(Reactions to) {
    reactions = to;
    return this;
  }

  Table build() {
    return new Table(
        Names.table(name),
        kind,
        partition,
        columns,
        indexes,
        triggers,
        referencedBy,
        foreignKeys,
        rowSecurity,
        1000,
        rows,
        missingRights,
        reactions,
        partitioning);
  }
}
