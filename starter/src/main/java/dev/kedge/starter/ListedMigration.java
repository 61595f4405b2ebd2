package dev.kedge.starter;

import org.jspecify.annotations.Nullable;

/** A line of the list. What its source does not know is null. Times are ISO-8601. */
record ListedMigration(
    String migration,
    @Nullable String owner,
    @Nullable String database,
    @Nullable String phase,
    @Nullable String state,
    @Nullable String reason,
    @Nullable String startedAt,
    @Nullable String updatedAt) {}
