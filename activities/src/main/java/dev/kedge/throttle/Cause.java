package dev.kedge.throttle;

/**
 * What limits the migration.
 *
 * @param signal the label of the signal
 * @param words with its value and bound, or why it cannot be read
 * @param since milliseconds of the database's clock since which anything limits it
 * @param holds whether it does so now; otherwise what it did is not made good yet
 */
record Cause(String signal, String words, long since, boolean holds) {}
