/**
 * Feeds of the keys that the application changes while a migration runs; what is done with a key is
 * left to its callers.
 */
@NullMarked
package dev.kedge.capture;

import org.jspecify.annotations.NullMarked;
