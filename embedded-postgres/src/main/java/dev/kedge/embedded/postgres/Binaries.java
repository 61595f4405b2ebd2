package dev.kedge.embedded.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The programs of one PostgreSQL version.
 *
 * @param bin directory with {@code postgres} and {@code initdb}
 * @param majorVersion such as 17
 */
record Binaries(Path bin, int majorVersion) {

  private static final Object UNPACKING = new Object();
  private static final Pattern VERSION_LINE = Pattern.compile("# PostgreSQL (\\d+)");
  private static final Pattern VERSION_TOLD = Pattern.compile("postgres \\(PostgreSQL\\) (\\d+).*");

  /**
   * Those installed in {@code installed}; otherwise those on the class path, unpacked the first
   * time any process of this user asks for them.
   */
  static Binaries find(Account account, Optional<Path> installed) {
    return installed.map(Binaries::installed).orElseGet(() -> unpacked(account));
  }

  private static Binaries installed(Path bin) {
    Command.Result told = Command.run(List.of(bin.resolve("postgres").toString(), "--version"));
    Matcher version = VERSION_TOLD.matcher(told.output());
    if (!told.succeeded() || !version.matches()) {
      throw new EmbeddedPostgresException(
          "there is no PostgreSQL in " + bin + ": name the directory that holds `postgres`");
    }
    return new Binaries(bin, Integer.parseInt(version.group(1)));
  }

  private static Binaries unpacked(Account account) {
    BinaryArchive archive = BinaryArchive.find();
    try {
      Path cache = CacheDirectory.find(account);
      Path root = cache.resolve(archive.key());
      if (!Files.isDirectory(root)) {
        unpackOnce(archive, cache, root);
      }
      return new Binaries(root.resolve("bin"), majorVersion(root));
    } catch (IOException e) {
      throw new EmbeddedPostgresException(
          "cannot keep the PostgreSQL binaries; KEDGE_CACHE can name another directory for them: "
              + e,
          e);
    }
  }

  /** One at a time in this process and, by the file lock, among all processes of this user. */
  private static void unpackOnce(BinaryArchive archive, Path cache, Path root) throws IOException {
    synchronized (UNPACKING) {
      try (FileChannel channel =
          FileChannel.open(
              cache.resolve("unpacking.lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE)) {
        FileLock lock = channel.lock();
        try {
          if (!Files.isDirectory(root)) {
            removeHalfUnpacked(cache);
            unpack(archive, cache, root);
          }
        } finally {
          lock.release();
        }
      }
    }
  }

  private static void removeHalfUnpacked(Path cache) throws IOException {
    try (Stream<Path> entries = Files.list(cache)) {
      for (Path entry : entries.toList()) {
        if (entry.getFileName().toString().startsWith(".unpacking-")) {
          Directories.remove(entry);
        }
      }
    }
  }

  /** Unpacks beside and renames, so that {@code root} is never seen half done. */
  private static void unpack(BinaryArchive archive, Path cache, Path root) throws IOException {
    Path beside = Files.createTempDirectory(cache, ".unpacking-");
    try (InputStream bytes = archive.location().openStream()) {
      TarXz.unpack(bytes, beside);
      Directories.letOthersEnter(beside);
      Files.move(beside, root, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Directories.remove(beside);
    }
  }

  private static int majorVersion(Path root) throws IOException {
    // PostgreSQL's own bootstrap script opens with its version; reading it spares a process.
    try (Stream<String> lines = Files.lines(root.resolve("share/postgresql/postgres.bki"))) {
      Matcher version = VERSION_LINE.matcher(lines.findFirst().orElse(""));
      if (!version.matches()) {
        throw new IOException("cannot tell the version of PostgreSQL in " + root);
      }
      return Integer.parseInt(version.group(1));
    }
  }

  String program(String name) {
    return bin.resolve(name).toString();
  }
}
