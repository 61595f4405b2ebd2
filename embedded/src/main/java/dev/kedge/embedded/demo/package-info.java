/** The demo: a small shop whose data moves while it sells, and a walk that is told as it goes. */
@NullMarked
package dev.kedge.embedded.demo;

import org.jspecify.annotations.NullMarked;
