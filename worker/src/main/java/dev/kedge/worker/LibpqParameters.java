package dev.kedge.worker;

import java.util.Map;
import java.util.Properties;
import java.util.Set;

/** What libpq calls a connection's parameters, and what the driver calls them. */
final class LibpqParameters {
  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("user", "user"),
          Map.entry("password", "password"),
          Map.entry("service", "service"),
          Map.entry("options", "options"),
          Map.entry("sslmode", "sslmode"),
          Map.entry("sslrootcert", "sslrootcert"),
          Map.entry("sslcert", "sslcert"),
          Map.entry("sslkey", "sslkey"),
          Map.entry("sslpassword", "sslpassword"),
          Map.entry("sslnegotiation", "sslNegotiation"),
          Map.entry("channel_binding", "channelBinding"),
          Map.entry("gssencmode", "gssEncMode"),
          Map.entry("krbsrvname", "kerberosServerName"),
          Map.entry("connect_timeout", "connectTimeout"),
          Map.entry("load_balance_hosts", "loadBalanceHosts"));

  /** The session says these itself. */
  private static final Set<String> OURS =
      Set.of("application_name", "fallback_application_name", "client_encoding");

  private static final Map<String, String> TARGETS =
      Map.of(
          "any", "any",
          "read-write", "primary",
          "primary", "primary",
          "read-only", "secondary",
          "standby", "secondary",
          "prefer-standby", "preferSecondary");

  private LibpqParameters() {}

  /** Sets the driver's property for a parameter of libpq; refuses one that it has no word for. */
  static void translate(String name, String value, Properties driver) {
    switch (name) {
      case "target_session_attrs" -> driver.setProperty("targetServerType", target(value));
      case "keepalives" -> driver.setProperty("tcpKeepAlive", String.valueOf(!value.equals("0")));
      case "load_balance_hosts" ->
          driver.setProperty("loadBalanceHosts", String.valueOf(value.equals("random")));
      default -> rename(name, value, driver);
    }
  }

  private static void rename(String name, String value, Properties driver) {
    if (OURS.contains(name)) {
      return;
    }
    String property = NAMES.get(name);
    if (property == null) {
      throw new IllegalArgumentException(
          "the parameter \"" + name + "\" has no counterpart in the Java driver; leave it out");
    }
    driver.setProperty(property, value);
  }

  private static String target(String value) {
    String type = TARGETS.get(value);
    if (type == null) {
      throw new IllegalArgumentException(
          "target_session_attrs must be any, read-write, read-only, primary, standby or prefer-standby");
    }
    return type;
  }
}
