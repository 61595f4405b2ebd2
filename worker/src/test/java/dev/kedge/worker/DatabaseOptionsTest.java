package dev.kedge.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

final class DatabaseOptionsTest {
  @TempDir private Path directory;

  @Test
  void flagsWinOverVariablesAndTheseOverTheFile() throws IOException {
    Path file =
        write(
            """
            databases:
              app: {url: "postgresql://file/db"}
              orders: {url: "postgresql://file/orders"}
              audit: {url: "postgresql://file/audit"}
            """);
    Collection<DatabaseConfig> found =
        read(
            Map.of(
                "KEDGE_CONFIG", file.toString(),
                "KEDGE_DATABASE_APP", "postgresql://variable/db",
                "KEDGE_DATABASE_ORDERS", "postgresql://variable/orders"),
            "--database",
            "app=postgresql://flag/db");
    assertEquals(
        List.of(
            "app jdbc:postgresql://flag/db",
            "orders jdbc:postgresql://variable/orders",
            "audit jdbc:postgresql://file/audit"),
        found.stream().map(each -> each.name() + " " + each.url()).toList());
  }

  @Test
  void everyFieldOfTheFileIsRead() throws IOException {
    Path password = Files.writeString(directory.resolve("secret"), "s3cret\n");
    Path file =
        write(
            """
            databases:
              app:
                url: postgresql://kedge@db.internal:5432/app?sslmode=verify-full
                passwordFile: %s
                roles: {ddl: kedge_ddl, dml: kedge_dml, check: kedge_check}
                replicas: [postgresql://kedge@replica1/app]
                pool: 8
            """
                .formatted(password));
    DatabaseConfig app = read(Map.of(), "--config", file.toString()).iterator().next();
    assertEquals(8, app.pool());
    assertEquals("kedge_ddl", app.roles().get("ddl"));
    assertEquals("jdbc:postgresql://replica1/app", app.replicas().get(0).jdbc());
    assertEquals("s3cret", app.driver(Map.of()).getProperty("password"));
    assertFalse(app.toString().contains("s3cret"));
  }

  @Test
  void thePasswordIsTheUrlsThenTheFilesThenTheVariables() throws IOException {
    Map<String, String> env = Map.of("PGPASSWORD", "variable", "PGUSER", "somebody");
    DatabaseConfig inUrl = DatabaseConfig.of("app", "postgresql://u:url@h/db");
    assertEquals("url", inUrl.driver(env).getProperty("password"));
    assertEquals("u", inUrl.driver(env).getProperty("user"));
    DatabaseConfig nowhere = DatabaseConfig.of("app", "postgresql://h/db");
    assertEquals("variable", nowhere.driver(env).getProperty("password"));
    assertEquals("somebody", nowhere.driver(env).getProperty("user"));
    assertFalse(nowhere.driver(Map.of()).containsKey("password"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "databases",
        "databases: []",
        "databases: {app: postgresql://u:s3cret@h/db}",
        "databases: {app: {url: 'mysql://u:s3cret@h/db'}}",
        "databases: {app: {uri: 'postgresql://u:s3cret@h/db'}}",
        "databases: {app: {url: 'postgresql://u:s3cret@h/db', pool: many}}",
        "databases: {app: {url: 'postgresql://u:s3cret@h/db', passwordFile: /x}}",
        "databases: {app: {url: 'postgresql://u:s3cret@h/db', roles: {admin: x}}}",
        "databases:\n  app:\n\turl: postgresql://u:s3cret@h/db",
        "databases: {app: {url: 'postgresql://u:s3cret@h/db'",
        "database: {app: {url: 'postgresql://u:s3cret@h/db'}}",
      })
  void aFileThatCannotBeReadIsRefusedByNameAndWithoutItsSecrets(String content) throws IOException {
    Path file = write(content);
    Problem problem =
        assertThrows(Problem.class, () -> read(Map.of(), "--config", file.toString()));
    assertEquals(ExitCode.USAGE, problem.exit());
    assertFalse(problem.render().contains("s3cret"), problem.render());
    assertTrue(
        problem.getMessage().contains(file.toString()) || problem.getMessage().contains("\"app\""),
        problem.render());
  }

  @Test
  void aMissingFileIsRefusedByName() {
    Problem problem =
        assertThrows(Problem.class, () -> read(Map.of("KEDGE_CONFIG", "/nowhere/kedge.yaml")));
    assertTrue(problem.getMessage().contains("/nowhere/kedge.yaml"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgresql://u:s3cret@h/db", "app", "a b=postgresql://u:s3cret@h/db"})
  void aFlagThatIsNotNameAndUrlIsNotRepeated(String flag) {
    Problem problem = assertThrows(Problem.class, () -> read(Map.of(), "--database", flag));
    assertFalse(problem.render().contains("s3cret"), problem.render());
  }

  private Path write(String yaml) throws IOException {
    return Files.writeString(directory.resolve("kedge.yaml"), yaml);
  }

  private static Collection<DatabaseConfig> read(Map<String, String> env, String... args) {
    Probe probe = new Probe();
    new CommandLine(probe).parseArgs(args);
    return probe.databases.read(env);
  }

  @Command
  private static final class Probe {
    @Mixin private final DatabaseOptions databases = new DatabaseOptions();
  }
}
