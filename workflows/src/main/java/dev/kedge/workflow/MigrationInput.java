package dev.kedge.workflow;

import dev.kedge.plan.Plan;

/**
 * What a migration starts from.
 *
 * @param plan the plan that runs, without refusals
 * @param startedBy who started it, as claimed
 */
public record MigrationInput(Plan plan, String startedBy) {}
