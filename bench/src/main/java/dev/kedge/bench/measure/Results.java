package dev.kedge.bench.measure;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything a run came to, raw samples included.
 *
 * @param form {@value #FORM}
 * @param commit of the sources; with a plus when they were changed
 * @param postgres settings of the server, its version among them
 * @param rows as asked for; null for what each benchmark thinks usual
 * @param runs how often comparisons were repeated
 */
public record Results(
    String form,
    String startedAt,
    String commit,
    Machine machine,
    Map<String, String> postgres,
    @Nullable Long rows,
    int runs,
    List<Told> benchmarks,
    List<Finding> findings) {
  public static final String FORM = "kedge.bench/1";

  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  public Results {
    postgres = Map.copyOf(postgres);
    benchmarks = List.copyOf(benchmarks);
    findings = List.copyOf(findings);
  }

  /** As JSON. */
  public String json() throws IOException {
    ObjectNode root = MAPPER.valueToTree(this);
    root.set("postgres", MAPPER.valueToTree(new TreeMap<>(postgres)));
    return MAPPER.writeValueAsString(root) + "\n";
  }

  /** Writes the JSON, making its directory. */
  public void writeJson(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    Files.writeString(file, json());
  }

  /** As a table to be put into a page. */
  public String markdown() {
    StringBuilder text = new StringBuilder();
    text.append(
        "Measured %s at commit %s: %d cores, %d GB, %s, PostgreSQL %s on %s; %s, medians of %d runs.\n\n"
            .formatted(
                startedAt,
                commit,
                machine.cores(),
                Math.round(machine.memory() / 1024.0),
                machine.kernel(),
                postgres.getOrDefault("server_version", "?"),
                postgres.getOrDefault("file_system", "?"),
                rows == null ? "usual rows" : "%,d rows".formatted(rows),
                runs));
    text.append("| figure | goal | measured | |\n|---|---|---|---|\n");
    findings.forEach(
        each ->
            text.append(
                "| `%s` | %s | %s | %s |\n"
                    .formatted(each.name(), each.goal().text(), each.measured(), mark(each))));
    benchmarks.stream()
        .filter(each -> each.failure() != null)
        .forEach(
            each -> text.append("| `%s` | | not measured | failed |\n".formatted(each.name())));
    return text.toString();
  }

  private static String mark(Finding finding) {
    if (finding.goal().kind() == Goal.Kind.NONE) {
      return "";
    }
    return finding.goal().missedBy(finding.value()) ? "**missed**" : "met";
  }
}
