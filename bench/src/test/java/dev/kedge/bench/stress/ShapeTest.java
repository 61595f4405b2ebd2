package dev.kedge.bench.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.spec.Spec;
import dev.kedge.spec.SpecException;
import dev.kedge.spec.SpecReader;
import dev.kedge.spec.Statement;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Judges the judges: both sides of each shape are filled by hand, as the application would, and
 * each kind of difference is made once.
 */
final class ShapeTest {
  private static final int ROWS = 100;
  // Not kept by the filter, which wants a small amount; and one that is.
  private static final Item LARGE = new Item("large", 90_000, "n");
  private static final Item SMALL = new Item("small", 100, "n");
  private static final long ID = 505;

  @TempDir static Path directory;

  private static Server server;

  @BeforeAll
  static void start() throws SQLException {
    server = Server.start(directory.resolve("postgres"));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  static Stream<String> shapes() {
    return Shapes.ALL.stream().map(Shapes.Maker::name);
  }

  private static Shape shape(String name) {
    SplittableRandom random = new SplittableRandom(1);
    return Shapes.ALL.stream()
        .filter(maker -> maker.name().equals(name))
        .findFirst()
        .orElseThrow()
        .recipe()
        .make("t", random);
  }

  /** Tables of a shape, both sides there and the new one as the old one. */
  private interface Try {
    void with(Connection connection, Shape shape) throws SQLException;
  }

  private static void filled(String name, Try work) throws SQLException, SpecException {
    Shape shape = shape(name);
    Spec spec = SpecReader.read(name + ".yaml", shape.spec());
    try (Connection connection = server.connect("test")) {
      Jdbc.execute(connection, shape.schema());
      for (Statement statement : spec.expand()) {
        Jdbc.execute(connection, statement.sql());
      }
      shape.old().refill(connection, ROWS, 0);
      if (shape.guarded()) {
        shape.next().refill(connection, ROWS, 0);
      } else {
        Jdbc.execute(
            connection, "UPDATE %s SET cents = amount * 100".formatted(table(shape.next())));
      }
      try {
        work.with(connection, shape);
      } finally {
        Jdbc.execute(connection, shape.cleanup());
      }
    }
  }

  private static String table(Side side) {
    return ((TableSide) side).table();
  }

  /** Keys that are not the same, and how. */
  private static Map<Long, String> differences(Connection connection, Shape shape)
      throws SQLException {
    Map<Long, String> differences = new TreeMap<>();
    Jdbc.list(
            connection, shape.oracle(), row -> Map.entry(row.getLong("id"), row.getString("kind")))
        .stream()
        .filter(row -> !row.getValue().equals("same"))
        .forEach(row -> differences.put(row.getKey(), row.getValue()));
    return differences;
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void bothSidesAreTheSameWhenWrittenAlike(String name) throws Exception {
    filled(
        name,
        (connection, shape) -> {
          assertEquals(Map.of(), differences(connection, shape));
          if (shape.guarded()) {
            shape.old().insert(connection, ID, SMALL);
            shape.next().insert(connection, ID, SMALL);
            shape.old().rekey(connection, ID, 615);
            shape.next().rekey(connection, ID, 615);
            shape.old().merge(connection, 615, SMALL.withCode("merged"));
            shape.next().merge(connection, 615, SMALL.withCode("merged"));
            shape.old().copyIn(connection, Map.of(11L, SMALL));
            shape.next().copyIn(connection, Map.of(11L, SMALL));
            assertEquals(Optional.of(SMALL), shape.next().read(connection, 11));
            assertEquals(Optional.of(SMALL), shape.old().read(connection, 11));
          }
          shape.old().swap(connection, 20, "c0-20", 30, "c0-30");
          if (shape.guarded()) {
            shape.next().swap(connection, 20, "c0-20", 30, "c0-30");
          }
          assertEquals(shape.old().all(connection), shape.next().all(connection));
          assertEquals(Map.of(), differences(connection, shape));
        });
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void aStaleRowIsSeen(String name) throws Exception {
    filled(
        name,
        (connection, shape) -> {
          shape.old().update(connection, 40, SMALL);
          assertEquals(Map.of(40L, "stale"), differences(connection, shape));
        });
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void aLostRowIsSeen(String name) throws Exception {
    filled(
        name,
        (connection, shape) -> {
          shape.old().insert(connection, ID, SMALL);
          assertEquals(Map.of(ID, "lost"), differences(connection, shape));
        });
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void aGhostIsSeen(String name) throws Exception {
    filled(
        name,
        (connection, shape) -> {
          if (shape.guarded()) {
            shape.old().delete(connection, 40);
            assertEquals(Map.of(40L, "ghost"), differences(connection, shape));
          }
        });
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void aRowTheNewSideDoesNotKeepIsAGhostThere(String name) throws Exception {
    filled(
        name,
        (connection, shape) -> {
          if (!shape.keeps(LARGE)) {
            shape.old().insert(connection, ID, LARGE);
            assertEquals(Map.of(), differences(connection, shape));
            shape.next().insert(connection, ID, LARGE);
            assertEquals(Map.of(ID, "ghost"), differences(connection, shape));
          }
        });
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void rowsAreLoadedAsJournalsBegin(String name) throws Exception {
    filled(
        name,
        (connection, shape) -> {
          for (Side side : List.of(shape.old(), shape.next())) {
            assertEquals(ROWS, side.all(connection).size());
            assertEquals(Optional.of(Item.initial(70, 0)), side.read(connection, 70));
          }
        });
  }
}
