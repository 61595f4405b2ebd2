package dev.kedge.worker;

import dev.kedge.console.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * The worker's configuration file. A complaint names file, place and field, never a value: a URL
 * may hold a password.
 */
final class ConfigFile {
  private static final Set<String> FIELDS =
      Set.of("url", "passwordFile", "roles", "replicas", "pool");
  private static final Set<String> ROLES = Set.of("ddl", "dml", "check");

  private final Path file;

  private ConfigFile(Path file) {
    this.file = file;
  }

  /** The databases the file names, in its order. */
  static List<DatabaseConfig> read(Path file) {
    return new ConfigFile(file).databases();
  }

  private List<DatabaseConfig> databases() {
    Map<?, ?> root = map(load(), "the file");
    only(root, Set.of("databases"), "the file");
    List<DatabaseConfig> databases = new ArrayList<>();
    map(root.get("databases"), "databases")
        .forEach((name, fields) -> databases.add(database(String.valueOf(name), fields)));
    return databases;
  }

  private @Nullable Object load() {
    try {
      LoadSettings settings = LoadSettings.builder().setLabel(file.toString()).build();
      return new Load(settings).loadFromString(Files.readString(file));
    } catch (IOException e) {
      throw Problem.usage(
          "KD1302",
          "the configuration file " + file + " cannot be read",
          "see --config and KEDGE_CONFIG");
    } catch (MarkedYamlEngineException e) {
      // The library's own message quotes the line, password and all.
      String place =
          e.getProblemMark()
              .map(mark -> ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
              .orElse("");
      throw complaint(place, "this is not YAML");
    } catch (YamlEngineException e) {
      throw complaint("", "this is not YAML");
    }
  }

  private DatabaseConfig database(String name, @Nullable Object value) {
    String where = "databases." + name;
    Map<?, ?> fields = map(value, where);
    only(fields, FIELDS, where);
    Object passwordFile = fields.get("passwordFile");
    PostgresUrl url = DatabaseConfig.urlOf(name, text(fields.get("url"), where + ".url"));
    if (passwordFile != null && url.driver().containsKey("password")) {
      throw complaint("", where + " has both a password in its url and a passwordFile");
    }
    return new DatabaseConfig(
        name,
        url,
        passwordFile == null ? null : Path.of(text(passwordFile, where + ".passwordFile")),
        pool(fields.get("pool"), where + ".pool"),
        roles(fields.get("roles"), where + ".roles"),
        replicas(name, fields.get("replicas"), where + ".replicas"));
  }

  private int pool(@Nullable Object value, String where) {
    if (value == null) {
      return DatabaseConfig.DEFAULT_POOL;
    }
    if (value instanceof Integer pool && pool >= 1 && pool <= 1000) {
      return pool;
    }
    throw complaint("", where + " must be a number from 1 to 1000");
  }

  private Map<String, String> roles(@Nullable Object value, String where) {
    Map<String, String> roles = new TreeMap<>();
    if (value != null) {
      Map<?, ?> given = map(value, where);
      only(given, ROLES, where);
      given.forEach((role, login) -> roles.put(role.toString(), text(login, where + "." + role)));
    }
    return roles;
  }

  private List<PostgresUrl> replicas(String name, @Nullable Object value, String where) {
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> urls)) {
      throw complaint("", where + " must be a list of URLs");
    }
    return urls.stream().map(url -> DatabaseConfig.urlOf(name, text(url, where))).toList();
  }

  private Map<?, ?> map(@Nullable Object value, String where) {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw complaint(
        "", where + " must be a map" + (where.equals("the file") ? " with databases" : ""));
  }

  private String text(@Nullable Object value, String where) {
    if (value instanceof String text && !text.isBlank()) {
      return text;
    }
    throw complaint("", where + (value == null ? " is missing" : " must be a text"));
  }

  private void only(Map<?, ?> given, Set<String> known, String where) {
    for (Object key : given.keySet()) {
      if (!known.contains(String.valueOf(key))) {
        throw complaint(
            "", where + " has an unknown field \"" + key + "\" (known: " + names(known) + ")");
      }
    }
  }

  private static String names(Set<String> known) {
    return known.stream().sorted().reduce((a, b) -> a + ", " + b).orElse("");
  }

  private Problem complaint(String place, String what) {
    return Problem.usage(
        "KD1305",
        file + place + ": " + what,
        "a database is written as `databases: {app: {url: \"postgresql://user@host/db\"}}`");
  }
}
