/** The walk of a migration as durable workflows, and what people see of it and may say to it. */
@NullMarked
package dev.kedge.workflow;

import org.jspecify.annotations.NullMarked;
