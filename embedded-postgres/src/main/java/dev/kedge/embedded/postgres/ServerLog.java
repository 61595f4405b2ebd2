package dev.kedge.embedded.postgres;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** What one run of the server writes: the part of the log file after {@code start}. */
record ServerLog(Path file, long start) {

  private static final int TAIL_LINES = 20;
  private static final long ROTATE_BYTES = 10L << 20;
  private static final long LONGEST_READ_BYTES = 1L << 20;

  /** Opens the part of the run that begins now; a log grown large is set aside first. */
  static ServerLog begin(Path file) {
    try {
      if (Files.exists(file) && Files.size(file) > ROTATE_BYTES) {
        Files.move(file, file.resolveSibling("server.log.1"), StandardCopyOption.REPLACE_EXISTING);
      }
      if (!Files.exists(file)) {
        // Failed statements are in it, with their values.
        Files.createFile(file, Directories.OWNER_READS_AND_WRITES);
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
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      channel.position(Math.max(start, channel.size() - LONGEST_READ_BYTES));
      return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }
}
