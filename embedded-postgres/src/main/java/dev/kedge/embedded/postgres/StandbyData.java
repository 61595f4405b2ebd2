package dev.kedge.embedded.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;

/** A standby's data directory: a base backup of a running server, file by file. */
final class StandbyData {
  // Of the running process, and what a standby makes anew.
  private static final Set<String> LEFT_OUT =
      Set.of("postmaster.pid", "postmaster.opts", "pg_replslot", "pg_dynshmem", "pg_stat_tmp");

  private final Path data;

  StandbyData(Path data) {
    this.data = data;
  }

  /** Copies; what is written meanwhile the standby replays from the log. */
  void copyFrom(Path running, EmbeddedPostgres.Query query) throws IOException {
    query.value("SELECT pg_backup_start('standby', true)::text");
    copy(running);
    String label = query.value("SELECT labelfile FROM pg_backup_stop(false)");
    Files.writeString(data.resolve("backup_label"), label);
    Files.createFile(data.resolve("standby.signal"));
  }

  private void copy(Path running) throws IOException {
    Files.createDirectories(data.getParent());
    Files.walkFileTree(
        running,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            Directories.make(data.resolve(running.relativize(directory).toString()));
            return LEFT_OUT.contains(directory.getFileName().toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (!LEFT_OUT.contains(file.getFileName().toString())) {
              copyFile(file, data.resolve(running.relativize(file).toString()));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException error) {
            return gone(error);
          }
        });
  }

  private static void copyFile(Path from, Path to) throws IOException {
    try {
      Files.copy(from, to);
    } catch (NoSuchFileException removedMeanwhile) {
      // The log says so, too.
      return;
    }
  }

  private static FileVisitResult gone(IOException error) {
    if (error instanceof NoSuchFileException) {
      return FileVisitResult.CONTINUE;
    }
    throw new UncheckedIOException(error);
  }
}
