package dev.kedge.worker;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a database is: libpq's URL, or the driver's, taken apart. Secrets are in {@link #driver}
 * only; {@link #toString} and every message leave them out.
 */
public final class PostgresUrl {
  private static final String JDBC = "jdbc:postgresql:";
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]*|\\[[0-9A-Fa-f:.%]+]");
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

  private final String jdbc;
  private final Properties driver;

  private PostgresUrl(String jdbc, Properties driver) {
    this.jdbc = jdbc;
    this.driver = driver;
  }

  /**
   * Reads {@code postgresql://user@host:port,host:port/db?parameter=value} or {@code
   * jdbc:postgresql:…}. Throws {@link IllegalArgumentException}, whose message never repeats the
   * text, for any other.
   */
  public static PostgresUrl parse(String text) {
    if (text.startsWith(JDBC)) {
      return ofDriver(text.substring(JDBC.length()));
    }
    for (String scheme : new String[] {"postgresql://", "postgres://"}) {
      if (text.startsWith(scheme)) {
        return ofLibpq(text.substring(scheme.length()));
      }
    }
    throw new IllegalArgumentException(
        "the URL must begin with postgresql:// (or jdbc:postgresql:)");
  }

  private static PostgresUrl ofDriver(String rest) {
    String[] parts = rest.split("\\?", 2);
    if (parts[0].contains("@")) {
      throw new IllegalArgumentException(
          "a jdbc:postgresql: URL names the user as ?user=, not before an @");
    }
    Properties driver = new Properties();
    parameters(parts.length == 2 ? parts[1] : "", true).forEach(driver::setProperty);
    return new PostgresUrl(JDBC + parts[0] + service(driver), driver);
  }

  private static PostgresUrl ofLibpq(String rest) {
    String[] query = rest.split("\\?", 2);
    String[] path = query[0].split("/", 2);
    int at = path[0].lastIndexOf('@');
    Map<String, String> parameters = parameters(query.length == 2 ? query[1] : "", false);
    if (at >= 0) {
      credentials(path[0].substring(0, at), parameters);
    }
    Properties driver = new Properties();
    String hosts = hosts(path[0].substring(at + 1), parameters);
    String database = path.length == 2 ? decode(path[1]) : "";
    String name = parameters.containsKey("dbname") ? parameters.remove("dbname") : database;
    parameters.forEach((key, value) -> LibpqParameters.translate(key, value, driver));
    return new PostgresUrl(
        JDBC
            + "//"
            + hosts
            + (hosts.isEmpty() && name.isEmpty() ? "" : "/" + encode(name))
            + service(driver),
        driver);
  }

  private static void credentials(String userInfo, Map<String, String> parameters) {
    String[] parts = userInfo.split(":", 2);
    parameters.putIfAbsent("user", decode(parts[0]));
    if (parts.length == 2) {
      parameters.putIfAbsent("password", decode(parts[1]));
    }
  }

  private static String hosts(String authority, Map<String, String> parameters) {
    String host = parameters.remove("host");
    String port = parameters.remove("port");
    String given = host == null ? authority : host;
    if (given.isEmpty()) {
      return port == null ? "" : "localhost:" + port(port);
    }
    StringBuilder hosts = new StringBuilder();
    for (String each : given.split(",", -1)) {
      hosts.append(hosts.isEmpty() ? "" : ",").append(host(each, port));
    }
    return hosts.toString();
  }

  private static String host(String text, @Nullable String otherwise) {
    int colon = text.lastIndexOf(':');
    boolean hasPort = colon > text.lastIndexOf(']') && colon >= 0;
    String name = decode(hasPort ? text.substring(0, colon) : text);
    String port = hasPort ? text.substring(colon + 1) : otherwise == null ? "" : otherwise;
    if (name.startsWith("/")) {
      throw new IllegalArgumentException(
          "Unix sockets are not supported; name a host and a port instead");
    }
    if (!HOST.matcher(name).matches()) {
      throw new IllegalArgumentException("the host is not a host name or address");
    }
    return (name.isEmpty() ? "localhost" : name) + (port.isEmpty() ? "" : ":" + port(port));
  }

  private static String port(String text) {
    if (!PORT.matcher(text).matches() || Integer.parseInt(text) > 65_535) {
      throw new IllegalArgumentException("the port is not a number from 0 to 65535");
    }
    return text;
  }

  private static Map<String, String> parameters(String query, boolean plusIsSpace) {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (String pair : query.split("&", -1)) {
      String[] parts = pair.split("=", 2);
      if (parts.length == 2) {
        String value = plusIsSpace ? parts[1].replace('+', ' ') : parts[1];
        parameters.put(decode(parts[0]), decode(value));
      } else if (!pair.isEmpty()) {
        throw new IllegalArgumentException("a parameter after ? has no value");
      }
    }
    return parameters;
  }

  // The driver looks for a service in the URL alone.
  private static String service(Properties driver) {
    Object service = driver.remove("service");
    return service == null ? "" : "?service=" + encode(service.toString());
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String decode(String text) {
    java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    byte[] in = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < in.length; i++) {
      if (in[i] != '%') {
        bytes.write(in[i]);
        continue;
      }
      int high = i + 2 <= in.length - 1 ? Character.digit(in[i + 1], 16) : -1;
      int low = i + 2 <= in.length - 1 ? Character.digit(in[i + 2], 16) : -1;
      if (high < 0 || low < 0) {
        throw new IllegalArgumentException(
            "a % in the URL is not followed by two hexadecimal digits; write it as %25");
      }
      bytes.write(high * 16 + low);
      i += 2;
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** The driver's URL, without user and secrets. */
  public String jdbc() {
    return jdbc;
  }

  /** The driver's properties, secrets included: not to be printed. */
  public Properties driver() {
    Properties copy = new Properties();
    copy.putAll(driver);
    return copy;
  }

  /** The driver's URL: where, not who nor with which secret. */
  @Override
  public String toString() {
    return jdbc;
  }
}
