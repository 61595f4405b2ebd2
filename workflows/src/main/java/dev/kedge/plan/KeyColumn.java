package dev.kedge.plan;

/**
 * One column of the key a move walks along, on both sides. Values travel as text and go back to the
 * server with their type: {@code $1::type}.
 *
 * @param source the column of the source, unquoted
 * @param sourceType its type as {@code format_type} prints it, with modifier
 * @param target the column of the target that holds it, unquoted; equal to source in place
 * @param targetType the target column's type
 */
public record KeyColumn(String source, String sourceType, String target, String targetType) {}
