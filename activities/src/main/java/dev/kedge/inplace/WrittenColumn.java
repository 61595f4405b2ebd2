package dev.kedge.inplace;

import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import org.jspecify.annotations.Nullable;

/**
 * A column that a trigger writes, with what the catalog says of it.
 *
 * @param projected the column and its expression
 * @param notNull whether null would fail the application's write
 * @param absent the constant an insert that does not name the column leaves there; null for null
 */
record WrittenColumn(ProjectedColumn projected, boolean notNull, @Nullable String absent) {

  String name() {
    return Quoting.name(projected.column());
  }

  /** Whether {@code record} has in this column what an insert that does not name it leaves. */
  String absentIn(String record) {
    String field = record + "." + name();
    return absent == null
        ? "(" + field + " IS NULL)"
        : AgreementSql.same(field, "(" + absent + ")", projected.comparison());
  }

  /** Whether the column has other values in OLD and NEW. */
  String changed() {
    return AgreementSql.different("NEW." + name(), "OLD." + name(), projected.comparison());
  }
}
