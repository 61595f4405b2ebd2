package dev.kedge.drift;

import dev.kedge.plan.JoinedTable;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.TableName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The structure of a move's tables, as the caller's snapshot sees it. */
record Shape(List<Part> parts) {
  Shape {
    parts = List.copyOf(parts);
  }

  static Shape read(Sql sql, MovePlan move) throws SQLException {
    List<String> roles = new ArrayList<>();
    List<String> names = new ArrayList<>();
    if (move.kind() == MovePlan.Kind.IN_PLACE) {
      add(roles, names, Role.IN_PLACE, move.target());
    } else {
      add(roles, names, Role.SOURCE, move.source());
      add(roles, names, Role.TARGET, move.target());
    }
    for (JoinedTable join : move.joins()) {
      add(roles, names, Role.JOINED, join.table());
    }
    return new Shape(sql.list(ShapeSql.READ, Shape::part, roles, names));
  }

  static Shape parse(String lines) {
    return new Shape(Part.parse(lines));
  }

  String lines() {
    return parts.stream().map(Part::line).collect(Collectors.joining("\n"));
  }

  Map<Part.Id, Part> byId() {
    return parts.stream().collect(Collectors.toMap(Part::id, Function.identity(), (a, b) -> a));
  }

  private static void add(List<String> roles, List<String> names, Role role, TableName table) {
    roles.add(role.name());
    names.add(Quoting.readable(table));
  }

  private static Part part(ResultSet row) throws SQLException {
    return new Part(
        Role.valueOf(row.getString("role")),
        row.getString("table"),
        Part.Kind.valueOf(row.getString("kind")),
        row.getString("name"),
        row.getString("shown"),
        row.getString("hidden"));
  }
}
