/**
 * How a row of the source becomes a row of the target, as SQL; reading and writing the rows is left
 * to its callers.
 */
@NullMarked
package dev.kedge.projection;

import org.jspecify.annotations.NullMarked;
