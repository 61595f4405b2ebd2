package dev.kedge.backfill;

import dev.kedge.plan.ProjectedColumn;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyScope;
import dev.kedge.projection.Projection;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes the written side equal to the projection of the side that is read, as both are in one
 * snapshot. Level-triggered: it does not matter what happened to a key, or in which order.
 */
public final class Applier {
  private final Projection projection;
  private final ConvergeSql statements;

  public Applier(Projection projection) {
    this.projection = projection;
    this.statements = new ConvergeSql(projection);
  }

  /**
   * Converges every scope. Nothing is inserted before all of them lost what they have too much:
   * unique values may have moved from one to another.
   */
  public void converge(Sql sql, List<? extends KeyScope> scopes) throws SQLException {
    if (projection.owned() != null) {
      refuseStrays(sql, scopes);
    }
    if (scopes.size() > 1) {
      for (KeyScope scope : scopes) {
        update(sql, statements.deleteOnly(scope));
      }
    }
    for (KeyScope scope : scopes) {
      if (statements.updates()) {
        update(sql, statements.update(scope));
      }
      Fragment replace = statements.replace(scope);
      sql.one(replace.text(), row -> row.getLong("inserted"), replace.values());
    }
  }

  /**
   * Takes out every row that is not as the projection has it: all that may stand in the way of a
   * row of somebody else, whichever index is unique. What is missing then is for {@link #converge}
   * to bring.
   */
  public void shed(Sql sql, List<? extends KeyScope> scopes) throws SQLException {
    for (KeyScope scope : scopes) {
      update(sql, statements.shed(scope));
    }
  }

  private void refuseStrays(Sql sql, List<? extends KeyScope> scopes) throws SQLException {
    for (KeyScope scope : scopes) {
      Fragment stray = statements.stray(scope);
      Optional<List<String>> key =
          sql.first(
              stray.text(), row -> Objects.requireNonNull(Sql.texts(row, "key")), stray.values());
      if (key.isPresent()) {
        throw SharedTarget.stray(projection, key.get());
      }
    }
  }

  /** How many keys of the scope differ by value in the transaction's snapshot. */
  public long differences(Sql sql, KeyScope scope) throws SQLException {
    Fragment query = statements.differences(scope);
    return sql.one(query.text(), row -> row.getLong("differences"), query.values());
  }

  /** Those keys, as text of the side that is read; {@code most} of them at most. */
  public List<List<String>> differing(Sql sql, KeyScope scope, int most) throws SQLException {
    Fragment query = statements.differing(scope, most);
    return sql.list(
        query.text(), row -> Objects.requireNonNull(Sql.texts(row, "key")), query.values());
  }

  /** The keys of the scope, and those whose rows have a unique value that one of it is to have. */
  List<List<String>> withWhatIsInTheWay(Sql sql, KeyScope scope, List<List<String>> keys)
      throws SQLException {
    Set<List<String>> all = new LinkedHashSet<>(keys);
    Set<String> written =
        projection.columns().stream().map(ProjectedColumn::column).collect(Collectors.toSet());
    for (List<String> unique :
        sql.list(
            ConvergeSql.UNIQUE_INDEXES,
            row -> Objects.requireNonNull(Sql.texts(row, "columns")),
            Projection.table(projection.written()))) {
      if (written.containsAll(unique)) {
        Fragment query = statements.inTheWay(scope, unique);
        all.addAll(
            sql.list(
                query.text(),
                row -> Objects.requireNonNull(Sql.texts(row, "key")),
                query.values()));
      }
    }
    return List.copyOf(all);
  }

  private static void update(Sql sql, Fragment statement) throws SQLException {
    sql.update(statement.text(), statement.values());
  }
}
