package dev.kedge.reconcile;

import dev.kedge.ledger.Observations;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.util.Optional;

/** What is kept of repairs: who asked, which side was made equal to which, and what came of it. */
final class Repairs {
  private final Subject subject;
  private final Notes notes;
  private final Asked asked;

  Repairs(Subject subject, Notes notes, Asked asked) {
    this.subject = subject;
    this.notes = notes;
    this.asked = asked;
  }

  /**
   * A repair under way.
   *
   * @param findings how many were open when it was first tried
   */
  record Repairing(long number, long findings) {}

  /** Begins it, or finds it begun; empty when there is nothing to repair. */
  Optional<Repairing> begin() throws SQLException {
    return notes.write(
        sql -> {
          Optional<Repairing> begun = begun(sql);
          return begun.isPresent() ? begun : insert(sql);
        });
  }

  /** Keeps what came of it; {@code open} findings are still there. */
  void end(Repairing repairing, long open) throws SQLException {
    notes.write(
        sql -> {
          sql.update(RepairSql.END, open, open, subject.migration(), repairing.number());
          Observations.note(sql, subject.migration(), words(repairing, open));
          return "";
        });
  }

  private Optional<Repairing> begun(Sql sql) throws SQLException {
    return sql.first(
        RepairSql.BEGUN,
        row -> new Repairing(row.getLong("n"), row.getLong("findings")),
        subject.migration(),
        move(),
        asked.run());
  }

  private Optional<Repairing> insert(Sql sql) throws SQLException {
    Optional<Repairing> repairing =
        sql.first(
            RepairSql.BEGIN,
            row -> new Repairing(row.getLong("n"), row.getLong("findings")),
            subject.migration(),
            move(),
            asked.run(),
            asked.by(),
            direction(),
            subject.inPlace(),
            subject.migration(),
            move());
    if (repairing.isPresent()) {
      sql.update(RepairSql.MARK, repairing.get().number(), subject.migration(), move());
    }
    return repairing;
  }

  private String direction() {
    return switch (subject.writing()) {
      case OLD -> "old to new";
      case NEW -> "new to old";
    };
  }

  private String words(Repairing repairing, long open) {
    String to =
        Quoting.readable(
            subject.writing() == Writing.OLD ? subject.move().target() : subject.move().source());
    return "repaired %d of %d keys of %s (%s), asked for by %s"
        .formatted(
            repairing.findings() - Math.min(open, repairing.findings()),
            repairing.findings(),
            to,
            direction(),
            asked.by() == null ? "nobody who said their name" : asked.by());
  }

  private int move() {
    return subject.move().number();
  }
}
