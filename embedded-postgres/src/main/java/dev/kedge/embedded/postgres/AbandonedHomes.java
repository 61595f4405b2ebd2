package dev.kedge.embedded.postgres;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Temporary homes that nobody cleared away: a guard was killed together with its parent, or that
 * parent while the data directory was being made.
 */
final class AbandonedHomes {

  private static final Logger log = LoggerFactory.getLogger(AbandonedHomes.class);

  // A home is made a moment before it is locked; in between it only looks abandoned.
  private static final Duration YOUNG = Duration.ofMinutes(10);

  private AbandonedHomes() {}

  /** Ends the servers in them and removes them; what cannot be removed stays. */
  static void remove(Account account) {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    try (DirectoryStream<Path> homes = Files.newDirectoryStream(temporary, Home.PREFIX + "*")) {
      for (Path home : homes) {
        remove(home, account);
      }
    } catch (IOException e) {
      log.debug("cannot look for abandoned homes in {}", temporary, e);
    }
  }

  private static void remove(Path directory, Account account) {
    try {
      if (isOursAndOld(directory, account)) {
        try (Home home = Home.lock(directory.toRealPath(), true)) {
          Postmaster.endOrphan(home.data());
        }
      }
    } catch (IOException | EmbeddedPostgresException e) {
      log.debug("left {} alone", directory, e);
    }
  }

  private static boolean isOursAndOld(Path directory, Account account) throws IOException {
    return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
        && account.owns(directory)
        && Files.getLastModifiedTime(directory).toInstant().isBefore(Instant.now().minus(YOUNG));
  }
}
