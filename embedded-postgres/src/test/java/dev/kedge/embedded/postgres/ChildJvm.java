package dev.kedge.embedded.postgres;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Another JVM that runs a server until it is killed; its main method is this class's. */
final class ChildJvm {

  private final Process process;
  private final long postgresPid;
  private final Path home;

  private ChildJvm(Process process, long postgresPid, Path home) {
    this.process = process;
    this.postgresPid = postgresPid;
    this.home = home;
  }

  /**
   * Prints the server's pid and directory, and stays for as long as the test's JVM does. An empty
   * argument means a temporary home.
   */
  public static void main(String[] arguments) throws IOException {
    PostgresOptions options =
        arguments[0].isEmpty()
            ? PostgresOptions.temporary()
            : PostgresOptions.at(Path.of(arguments[0]));
    EmbeddedPostgres postgres = EmbeddedPostgres.start(options.durable(false));
    System.out.println(postgres.pid());
    System.out.println(postgres.dataDirectory().getParent());
    while (System.in.read() >= 0) {}
  }

  static ChildJvm start(String home) throws IOException {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    ChildJvm.class.getName(),
                    home))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
    String pid = reader.readLine();
    if (pid == null) {
      throw new IOException("the child JVM ended early");
    }
    return new ChildJvm(process, Long.parseLong(pid), Path.of(reader.readLine()));
  }

  long postgresPid() {
    return postgresPid;
  }

  Path home() {
    return home;
  }

  /** As {@code kill -9} does. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }
}
