package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.projection.KeyRange;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class AheadTest {
  private static final KeyRange REST = new KeyRange(List.of("7"), List.of("900"));
  private static final Chunk.End END = new Chunk.End(List.of("107"), 100);

  private final Ahead ahead = new Ahead();

  @Test
  void anEndOfAFewRowsLessIsTakenForAChunkThatIsToGrow() {
    assertEquals(Optional.of(END), askedFor(100).take(REST, 100));
    assertEquals(Optional.of(END), askedFor(100).take(REST, 133));
  }

  @Test
  void anEndOfMoreOrOfManyLessRowsIsNot() {
    assertEquals(Optional.empty(), askedFor(100).take(REST, 99));
    assertEquals(Optional.empty(), askedFor(100).take(REST, 150));
    assertEquals(Optional.empty(), askedFor(3).take(REST, 1));
    assertEquals(Optional.empty(), askedFor(1).take(REST, 2));
  }

  @Test
  void anEndIsTakenOnceAndForItsPlaceOnly() {
    assertEquals(
        Optional.empty(), askedFor(100).take(new KeyRange(List.of("7"), List.of("450")), 100));
    askedFor(100).take(REST, 100);
    assertEquals(Optional.empty(), ahead.take(REST, 100));
  }

  @Test
  void whatWentWrongIsNothingKnown() {
    ahead.ask(
        REST,
        100,
        () -> {
          throw new SQLException("gone", "08006");
        });
    assertEquals(Optional.empty(), ahead.take(REST, 100));
  }

  private Ahead askedFor(long rows) {
    ahead.ask(REST, rows, () -> END);
    return ahead;
  }
}
