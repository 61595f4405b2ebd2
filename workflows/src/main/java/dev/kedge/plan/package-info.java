/** What will be done: the sealed steps of a migration and the pure planner that derives them. */
@NullMarked
package dev.kedge.plan;

import org.jspecify.annotations.NullMarked;
