/**
 * What workflows ask of the database: activity interfaces, their messages, timeouts and failures.
 */
@NullMarked
package dev.kedge.activity;

import org.jspecify.annotations.NullMarked;
