package dev.kedge.embedded.postgres;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where unpacked binaries are kept: {@code $KEDGE_CACHE}, else {@code $XDG_CACHE_HOME/kedge}, else
 * {@code ~/.cache/kedge}. Never the shared temporary directory, where another user could have put
 * programs of his own in our place.
 */
final class CacheDirectory {

  /** Used when PostgreSQL runs as another user, who cannot enter root's home. */
  private static final Path FOR_OTHER_USERS = Path.of("/var/cache/kedge");

  private CacheDirectory() {}

  static Path find(Account account) throws IOException {
    Path preferred = preferred().resolve("postgres");
    if (!account.changed()) {
      Directories.make(preferred);
      return reachable(account, preferred);
    }
    if (System.getenv("KEDGE_CACHE") != null) {
      return opened(account, preferred);
    }
    return opened(account, FOR_OTHER_USERS.resolve("postgres"));
  }

  private static Path opened(Account account, Path directory) throws IOException {
    Directories.make(directory);
    Directories.letOthersEnter(directory);
    Path parent = directory.getParent();
    if (parent != null) {
      Directories.letOthersEnter(parent);
    }
    return reachable(account, directory);
  }

  private static Path reachable(Account account, Path directory) {
    if (account.reaches(directory)) {
      return directory;
    }
    throw new EmbeddedPostgresException(
        "the user PostgreSQL runs as cannot enter " + directory + ": name another KEDGE_CACHE");
  }

  private static Path preferred() {
    String own = environment("KEDGE_CACHE");
    if (own != null) {
      return Path.of(own).toAbsolutePath().normalize();
    }
    String xdg = environment("XDG_CACHE_HOME");
    // The XDG specification says to ignore relative paths.
    if (xdg != null && Path.of(xdg).isAbsolute()) {
      return Path.of(xdg, "kedge");
    }
    Path userHome = Path.of(System.getProperty("user.home", ""));
    if (!userHome.isAbsolute()) {
      throw new EmbeddedPostgresException(
          "this user has no home directory: name a directory in KEDGE_CACHE");
    }
    return userHome.resolve(".cache").resolve("kedge");
  }

  private static @Nullable String environment(String name) {
    String value = System.getenv(name);
    return value == null || value.isBlank() ? null : value;
  }
}
