package dev.kedge.throttle;

import dev.kedge.postgres.CheckRole;
import dev.kedge.spec.Limit;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Objects;
import java.util.Optional;

/**
 * A query of the spec: one number, read by the role for checks. Anything else that comes of it, an
 * error, no row or two, NULL, NaN, is not known. What it says is never repeated: the words of an
 * error may hold a row's values.
 */
final class CheckQuery {
  private final Subject subject;

  CheckQuery(Subject subject) {
    this.subject = subject;
  }

  Value value(Limit limit) {
    Optional<CheckRole> role = subject.database().checkRole();
    if (role.isEmpty()) {
      return Value.unknown("this worker's configuration names no role for checks (roles: check)");
    }
    String sql = Objects.requireNonNull(limit.sql(), "sql");
    try {
      return role.get().query(subject.scope().migration(), sql, CheckQuery::number);
    } catch (SQLException e) {
      return Value.unknown(problem(e));
    }
  }

  private static Value number(ResultSet rows) throws SQLException {
    if (rows.getMetaData().getColumnCount() != 1 || !numeric(rows)) {
      return Value.unknown("it returns something else than one number");
    }
    if (!rows.next()) {
      return Value.unknown("it returned no row");
    }
    double number = rows.getDouble(1);
    if (rows.wasNull()) {
      return Value.unknown("it returned NULL");
    }
    return rows.next() ? Value.unknown("it returned more than one row") : Value.of(number);
  }

  private static boolean numeric(ResultSet rows) throws SQLException {
    return switch (rows.getMetaData().getColumnType(1)) {
      case Types.SMALLINT, Types.INTEGER, Types.BIGINT, Types.NUMERIC, Types.REAL, Types.DOUBLE ->
          true;
      default -> false;
    };
  }

  /** Why the query failed, without what it said. */
  static String problem(SQLException e) {
    return CheckRole.problem(e, "a second");
  }
}
