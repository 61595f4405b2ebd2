package dev.kedge.bench.stress;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

/** Everything the catalog says outside of schema kedge, a line each. */
final class CatalogDigest {
  private CatalogDigest() {}

  static List<String> of(Connection connection) throws SQLException {
    return Jdbc.list(connection, sql(), row -> row.getString(1));
  }

  /** What is there only before, or only after. */
  static List<String> difference(List<String> before, List<String> after) {
    return Stream.concat(
            before.stream().filter(line -> !after.contains(line)).map(line -> "gone: " + line),
            after.stream().filter(line -> !before.contains(line)).map(line -> "new: " + line))
        .toList();
  }

  private static String sql() {
    try (InputStream in = CatalogDigest.class.getResourceAsStream("catalog-digest.sql")) {
      if (in == null) {
        throw new IllegalStateException("catalog-digest.sql is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
