package dev.kedge.embedded.postgres;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The directory a server lives in: {@code data}, {@code server.log}, the last {@code port}, and a
 * {@code lock} that one process holds as long as it runs the server. The lock goes away with its
 * process however that ends, so a server found running under a free lock is an orphan.
 */
final class Home implements AutoCloseable {

  static final String PREFIX = "kedge-postgres-";

  // Opening and closing the lock file a second time in one process would free the first lock, as
  // POSIX has it; so this process's own homes are remembered here.
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final boolean temporary;
  private final FileChannel lockFile;

  private Home(Path directory, boolean temporary, FileChannel lockFile) {
    this.directory = directory;
    this.temporary = temporary;
    this.lockFile = lockFile;
  }

  /** The one given, or for an empty argument a new one that {@link #close()} removes. */
  static Home open(Optional<Path> kept, Account account) {
    try {
      if (kept.isPresent()) {
        return lock(handedTo(account, Directories.make(kept.get())), false);
      }
      AbandonedHomes.remove(account);
      return lock(handedTo(account, Files.createTempDirectory(PREFIX)), true);
    } catch (IOException e) {
      throw new EmbeddedPostgresException("cannot use a directory for PostgreSQL: " + e, e);
    }
  }

  private static Path handedTo(Account account, Path directory) throws IOException {
    account.own(directory);
    if (!account.reaches(directory)) {
      throw new EmbeddedPostgresException(
          "the user PostgreSQL runs as cannot enter " + directory + ": choose another directory");
    }
    return directory.toRealPath();
  }

  /** Takes an existing directory, unless another process or this one has it. */
  static Home lock(Path directory, boolean temporary) throws IOException {
    if (!HELD.add(directory)) {
      throw inUse(directory);
    }
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        throw inUse(directory);
      }
      return new Home(directory, temporary, channel);
    } catch (IOException | RuntimeException e) {
      HELD.remove(directory);
      if (channel != null) {
        channel.close();
      }
      throw e;
    }
  }

  private static EmbeddedPostgresException inUse(Path directory) {
    return new EmbeddedPostgresException(
        "the PostgreSQL in " + directory + " is in use by a process that still runs");
  }

  Path directory() {
    return directory;
  }

  Path data() {
    return directory.resolve("data");
  }

  Path log() {
    return directory.resolve("server.log");
  }

  boolean temporary() {
    return temporary;
  }

  /** The port of the last run, so that addresses people wrote down stay good. */
  Optional<Integer> lastPort() {
    try {
      return Optional.of(Integer.valueOf(Files.readString(directory.resolve("port")).strip()));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  void rememberPort(int port) {
    try {
      Files.writeString(directory.resolve("port"), port + "\n");
    } catch (IOException e) {
      throw new EmbeddedPostgresException("cannot write to " + directory + ": " + e, e);
    }
  }

  /** Frees the lock and removes what is temporary; the server must have ended. */
  @Override
  public void close() {
    try {
      lockFile.close();
      if (temporary) {
        Directories.remove(directory);
      }
    } catch (IOException e) {
      throw new EmbeddedPostgresException("cannot remove " + directory + ": " + e, e);
    } finally {
      HELD.remove(directory);
    }
  }
}
