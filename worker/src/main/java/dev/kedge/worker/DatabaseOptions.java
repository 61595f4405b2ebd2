package dev.kedge.worker;

import dev.kedge.console.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Which databases this program knows, from flags, then variables, then the configuration file: the
 * first that names a database wins.
 */
public final class DatabaseOptions {
  private static final String VARIABLE = "KEDGE_DATABASE_";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,62}");

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "configuration file with databases (KEDGE_CONFIG)")
  private @Nullable Path config;

  @Option(
      names = "--database",
      paramLabel = "NAME=URL",
      description =
          "a database under the name specs use; may be repeated (KEDGE_DATABASE_<NAME>)."
              + " Better without a password: see passwordFile, PGPASSWORD, pgpass")
  private List<String> databases = new ArrayList<>();

  /** The databases, by name; empty when none is named anywhere. */
  public Collection<DatabaseConfig> read(Map<String, String> env) {
    Map<String, DatabaseConfig> found = new LinkedHashMap<>();
    for (String each : databases) {
      DatabaseConfig flag = ofFlag(each);
      if (found.put(flag.name(), flag) != null) {
        throw Problem.usage("KD1306", "--database names \"" + flag.name() + "\" twice", null);
      }
    }
    new TreeMap<>(env).forEach((key, value) -> ofVariable(key, value, found));
    Path file = config != null ? config : pathOf(env.get("KEDGE_CONFIG"));
    if (file != null) {
      ConfigFile.read(file).forEach(each -> found.putIfAbsent(each.name(), each));
    }
    return found.values();
  }

  private static DatabaseConfig ofFlag(String text) {
    String[] parts = text.split("=", 2);
    if (parts.length < 2 || !NAME.matcher(parts[0]).matches()) {
      // Not repeated here: what stands there may be a URL with a password.
      throw Problem.usage(
          "KD1306",
          "--database takes NAME=URL",
          "for example --database app=postgresql://user@host:5432/database");
    }
    return DatabaseConfig.of(parts[0], parts[1]);
  }

  private static void ofVariable(String key, String value, Map<String, DatabaseConfig> found) {
    if (key.startsWith(VARIABLE) && !value.isEmpty()) {
      String name = key.substring(VARIABLE.length()).toLowerCase(Locale.ROOT);
      if (!found.containsKey(name)) {
        found.put(name, DatabaseConfig.of(name, value));
      }
    }
  }

  private static @Nullable Path pathOf(@Nullable String text) {
    return text == null || text.isEmpty() ? null : Path.of(text);
  }
}
