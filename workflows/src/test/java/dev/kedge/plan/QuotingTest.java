package dev.kedge.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kedge.spec.TableName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class QuotingTest {
  @Test
  void identifiersAreAlwaysQuoted() {
    assertEquals("\"users\"", Quoting.name("users"));
    assertEquals("\"Weird Name\"", Quoting.name("Weird Name"));
    assertEquals("\"users\"\"; drop table x; --\"", Quoting.name("users\"; drop table x; --"));
    assertEquals("\"größe\"", Quoting.name("größe"));
  }

  @Test
  void tablesCarryTheirSchema() {
    assertEquals("\"Sales\".\"a.b\"", Quoting.table(new TableName("Sales", "a.b")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a\0b"})
  void whatCannotBeAnIdentifierIsRefused(String name) {
    assertThrows(IllegalArgumentException.class, () -> Quoting.name(name));
  }

  @Test
  void literalsMeanTheSameWhateverTheServerThinksOfBackslashes() {
    assertEquals("'it''s'", Quoting.literal("it's"));
    assertThrows(IllegalArgumentException.class, () -> Quoting.literal("a\\b"));
    assertThrows(IllegalArgumentException.class, () -> Quoting.literal("\0"));
  }

  @Test
  void peopleSeeQuotesOnlyWhereTheyAreNeeded() {
    assertEquals("public.users", Quoting.readable(new TableName("public", "users")));
    assertEquals("\"order\"", Quoting.readable("order"));
    assertEquals("\"Users\"", Quoting.readable("Users"));
    assertEquals("\"1st\"", Quoting.readable("1st"));
    assertEquals("\"größe\"", Quoting.readable("größe"));
  }
}
