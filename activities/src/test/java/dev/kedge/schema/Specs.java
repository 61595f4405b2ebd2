package dev.kedge.schema;

import dev.kedge.spec.ApprovalPolicy;
import dev.kedge.spec.BackfillSettings;
import dev.kedge.spec.CutoverSettings;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Move;
import dev.kedge.spec.Spec;
import dev.kedge.spec.Statement;
import dev.kedge.spec.TableName;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Specs for tests of this package. */
final class Specs {
  private Specs() {}

  static Spec of(List<String> expand, List<Move> moves, List<String> contract) {
    return new Spec(
        "m",
        "team",
        "app",
        statements(expand),
        moves,
        BackfillSettings.DEFAULT,
        CutoverSettings.DEFAULT,
        statements(contract),
        Arrays.stream(Gate.values())
            .collect(Collectors.toMap(gate -> gate, ApprovalPolicy::defaultOf)));
  }

  static Move move(String from, String to, Map<String, String> columns) {
    return move(from, to, columns, null, Map.of());
  }

  static Move move(
      String from,
      String to,
      Map<String, String> columns,
      @Nullable String where,
      Map<String, String> reverse) {
    return new Move(
        new TableName("public", from),
        new TableName("public", to),
        columns,
        List.of(),
        where,
        List.of(),
        reverse);
  }

  private static List<Statement> statements(List<String> sql) {
    return sql.stream().map(text -> new Statement(text, null)).toList();
  }
}
