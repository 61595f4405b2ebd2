package dev.kedge.workflow;

import dev.kedge.plan.Plan;
import org.jspecify.annotations.Nullable;

/**
 * What a migration starts from.
 *
 * @param plan the plan that runs, without refusals
 * @param startedBy who started it, as claimed
 * @param searchAttributes whether the server has KedgePhase, KedgeState and KedgeOwner; only then
 *     they are written, since a server that lacks them fails the whole workflow task
 * @param carried what an earlier run of the same walk left; null when people start it
 */
public record MigrationInput(
    Plan plan, String startedBy, boolean searchAttributes, @Nullable Carried carried) {

  /** A walk from the start, without search attributes. */
  public MigrationInput(Plan plan, String startedBy) {
    this(plan, startedBy, false, null);
  }

  /** A walk from the start. */
  public MigrationInput(Plan plan, String startedBy, boolean searchAttributes) {
    this(plan, startedBy, searchAttributes, null);
  }
}
