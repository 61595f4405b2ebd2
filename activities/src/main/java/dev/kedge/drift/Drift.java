package dev.kedge.drift;

import dev.kedge.activity.Failures;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Whether the tables of a move are what they were when its capture was installed. Our own triggers
 * are looked after by those who install them, more closely; partitions by who takes them in.
 */
public final class Drift {
  private static final int MOST = 10;

  private Drift() {}

  private record Remembered(Optional<String> shape, List<String> deferred) {}

  /** Keeps what the tables look like, unless that was kept before. */
  public static void remember(Sql sql, long migration, MovePlan move) throws SQLException {
    sql.update(ShapeSql.REMEMBER, Shape.read(sql, move).lines(), migration, move.number());
  }

  /** From now on nothing is to stay as it was. */
  public static void forget(Sql sql, long migration, MovePlan move) throws SQLException {
    sql.update(ShapeSql.FORGET, migration, move.number());
  }

  /**
   * Fails with {@link Failures#CATALOG_DIFFERS}, naming each object and what became of it, unless
   * all that matters is as it was. Says nothing of a move whose capture an earlier release
   * installed, or that is gone.
   */
  public static void check(Sql sql, long migration, MovePlan move) throws SQLException {
    Optional<Remembered> remembered =
        sql.first(
            ShapeSql.REMEMBERED,
            row ->
                new Remembered(
                    Optional.ofNullable(row.getString("shape")),
                    Objects.requireNonNull(Sql.texts(row, "deferred"))),
            migration,
            move.number());
    if (remembered.isEmpty() || remembered.get().shape().isEmpty()) {
      return;
    }
    List<String> differences =
        Differences.between(
            Shape.parse(remembered.get().shape().get()),
            Shape.read(sql, move),
            remembered.get().deferred());
    if (!differences.isEmpty()) {
      throw differs(move, differences);
    }
  }

  private static RuntimeException differs(MovePlan move, List<String> differences) {
    String more =
        differences.size() > MOST ? "; and %d more".formatted(differences.size() - MOST) : "";
    return Failures.catalogDiffers(
        """
        the tables of %s are not what was planned for: %s%s
        help: take that back, or roll back and plan again on what is there now"""
            .formatted(
                move.target(),
                String.join("; ", differences.subList(0, Math.min(MOST, differences.size()))),
                more));
  }
}
