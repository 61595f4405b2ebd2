package dev.kedge.embedded.postgres;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** Unpacks a tar file compressed with xz, symbolic links and execute permissions included. */
final class TarXz {

  private static final int ANY_EXECUTE = 0111;

  private TarXz() {}

  static void unpack(InputStream compressed, Path target) throws IOException {
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(compressed)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        unpack(tar, entry, target);
      }
    }
  }

  private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path target)
      throws IOException {
    Path path = inside(target, target.resolve(entry.getName()), entry);
    if (entry.isDirectory()) {
      Files.createDirectories(path);
      return;
    }
    Files.createDirectories(parentOf(path, entry));
    if (entry.isSymbolicLink()) {
      Path link = Path.of(entry.getLinkName());
      inside(target, parentOf(path, entry).resolve(link), entry);
      Files.createSymbolicLink(path, link);
    } else if (entry.isFile()) {
      Files.copy(tar, path);
      boolean executable = (entry.getMode() & ANY_EXECUTE) != 0;
      Files.setPosixFilePermissions(
          path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
    } else {
      throw new IOException("unexpected kind of entry " + entry.getName());
    }
  }

  private static Path inside(Path target, Path path, TarArchiveEntry entry) throws IOException {
    Path normal = path.normalize();
    if (!normal.startsWith(target)) {
      throw new IOException("entry " + entry.getName() + " points outside of the archive");
    }
    return normal;
  }

  private static Path parentOf(Path path, TarArchiveEntry entry) throws IOException {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IOException("entry " + entry.getName() + " has no directory");
    }
    return parent;
  }
}
