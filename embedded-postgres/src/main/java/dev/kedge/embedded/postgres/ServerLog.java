package dev.kedge.embedded.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** What one run of the server writes: the part of the log file after {@code start}. */
record ServerLog(Path file, long start) {

  private static final int TAIL_LINES = 20;
  private static final long ROTATE_BYTES = 10L << 20;

  /** Opens the part of the run that begins now; a log grown large is set aside first. */
  static ServerLog begin(Path file) {
    try {
      if (!Files.exists(file)) {
        return new ServerLog(file, 0);
      }
      if (Files.size(file) > ROTATE_BYTES) {
        Files.move(file, file.resolveSibling("server.log.1"), StandardCopyOption.REPLACE_EXISTING);
        return new ServerLog(file, 0);
      }
      return new ServerLog(file, Files.size(file));
    } catch (IOException e) {
      throw new EmbeddedPostgresException("cannot read " + file + ": " + e, e);
    }
  }

  /** The last lines of this run, or a remark that there are none. */
  String tail() {
    List<String> lines = text().lines().toList();
    return lines.isEmpty()
        ? "(the server wrote nothing to " + file + ")"
        : String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
  }

  boolean contains(String words) {
    return text().contains(words);
  }

  private String text() {
    try {
      byte[] all = Files.readAllBytes(file);
      int from = (int) Math.min(start, all.length);
      return new String(all, from, all.length - from, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }
}
