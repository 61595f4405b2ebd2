/** What a migration's owner asks for: the spec as typed records, and the reader that checks it. */
@NullMarked
package dev.kedge.spec;

import org.jspecify.annotations.NullMarked;
