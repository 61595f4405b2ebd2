package dev.kedge.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PlainColumnTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "id",
        " Id ",
        "\"id\"",
        "(id)",
        "id::bigint",
        "(id)::character varying(9)",
        "id :: numeric(10, 2)",
        "cast(id as bigint)",
        "CAST ( \"id\" AS timestamp(3) with time zone )"
      })
  void aColumnWithACastIsPlain(String expression) {
    assertEquals(Optional.of("id"), PlainColumn.of(expression));
  }

  @Test
  void quotedNamesKeepTheirSpelling() {
    assertEquals(Optional.of("A \"b\""), PlainColumn.of("\"A \"\"b\"\"\"::text"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "'id'",
        "lower(id)",
        "id + 1",
        "id / 10",
        "-id",
        "a.id",
        "id::bigint + 1",
        "id id",
        "id AT TIME ZONE 'UTC'",
        "id::text::bigint || 'x'",
        "id COLLATE \"C\""
      })
  void anythingMoreIsNot(String expression) {
    assertEquals(Optional.empty(), PlainColumn.of(expression));
  }

  @Test
  void typesHoldWhatTheyCanShow() {
    for (String to : List.of("bigint", "numeric", "integer")) {
      assertEquals(true, Types.holds(to, "smallint"), to);
    }
    assertEquals(false, Types.holds("integer", "bigint"));
    assertEquals(false, Types.holds("bigint", "numeric(10,0)"));
    assertEquals(true, Types.holds("text", "character varying(9)"));
    assertEquals(false, Types.holds("text", "character(9)"));
    assertEquals(false, Types.sameKey("numeric", "bigint"));
    assertEquals("timestamp without time zone", Types.base("timestamp(3) without time zone"));
  }
}
