package dev.kedge.reconcile;

/**
 * A row of a log.
 *
 * @param xid as text
 */
record LogPlace(String xid, long n) {}
