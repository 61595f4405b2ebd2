package dev.kedge.spec;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Finds credentials in a spec. Specs are committed, hashed and shown to everybody, so a secret in
 * one is refused, and masked in what is printed about it.
 */
final class Secrets {
  private static final Set<String> FIELDS =
      Set.of("password", "passwd", "pgpassword", "passphrase", "secret", "apikey", "credentials");

  /** Mappings whose names are columns; a column may well be called password. */
  private static final List<String> COLUMNS = List.of("columns", "reverse");

  // A URI with somebody before its @, or JDBC's form of one; SQL that builds a URI has a quote
  // there.
  private static final Pattern CONNECTION =
      Pattern.compile(
          "[a-z][a-z0-9+.-]{0,30}://[^\\s/?#'\"@]{1,500}@|\\bjdbc:[a-z]", Pattern.CASE_INSENSITIVE);

  private final Problems problems;

  /** Where to point, and what to mask. */
  private final Map<Node, Node> found = new LinkedHashMap<>();

  private Secrets(Problems problems) {
    this.problems = problems;
  }

  /** Masks, then reports every secret below {@code root}. */
  static void check(Node root, Problems problems) {
    Secrets secrets = new Secrets(problems);
    secrets.walk(root, false);
    secrets.found.values().forEach(problems.source()::mask);
    secrets.found.keySet().forEach(secrets::refuse);
  }

  private void refuse(Node at) {
    problems.add(
        at,
        Codes.SECRET,
        "secrets do not belong in a spec",
        "name the database only; its URL and password are given to the worker, as"
            + " --database NAME=URL, KEDGE_DATABASE_<NAME> or in its configuration file");
  }

  private void walk(Node node, boolean columns) {
    if (node instanceof SequenceNode list) {
      list.getValue().forEach(element -> walk(element, false));
    } else if (node instanceof MappingNode mapping) {
      mapping.getValue().forEach(field -> walk(field, columns));
    } else if (node instanceof ScalarNode scalar && CONNECTION.matcher(scalar.getValue()).find()) {
      found.put(node, node);
    }
  }

  private void walk(NodeTuple field, boolean columns) {
    String name = ((ScalarNode) field.getKeyNode()).getValue();
    if (!columns && FIELDS.contains(plain(name))) {
      found.put(field.getKeyNode(), field.getValueNode());
    } else {
      walk(field.getValueNode(), COLUMNS.contains(name));
    }
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[-_ ]", "");
  }
}
