package dev.kedge.projection;

/** Which keys a projection is asked for. Keys are of the side that is read. */
public sealed interface KeyScope permits KeyRange, KeySet, StoredKeys {}
