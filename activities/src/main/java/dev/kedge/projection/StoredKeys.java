package dev.kedge.projection;

/**
 * Keys one by one that never leave the server: in a table of the transaction, as text, in columns
 * {@code k1}, {@code k2} … Spellings are kept apart, as in a {@link KeySet}.
 *
 * @param table its name as statements have it
 */
public record StoredKeys(String table) implements KeyScope {}
