package dev.kedge.capture;

import dev.kedge.plan.MovePlan;
import java.sql.SQLException;

/** Partitions came or went and the tail has not taken that in yet: the same again, soon. */
public final class PartitionsChanged extends SQLException {
  private static final long serialVersionUID = 1;

  PartitionsChanged(MovePlan move) {
    super(
        "partitions of %s or %s came, went or were emptied a moment ago"
            .formatted(move.source(), move.target()),
        // As if two transactions had met, which they have.
        "40001");
  }
}
