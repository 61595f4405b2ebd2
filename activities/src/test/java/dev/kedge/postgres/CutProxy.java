package dev.kedge.postgres;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a client and PostgreSQL and, when asked, lets a COMMIT through but not its answer:
 * it swallows that and drops the connection, so the client cannot know what became of it.
 */
public final class CutProxy implements AutoCloseable {
  private final URI server;
  private final ServerSocket listening;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicReference<@Nullable Predicate<String>> next = new AtomicReference<>();
  private final AtomicInteger cuts = new AtomicInteger();

  private CutProxy(URI server, ServerSocket listening) {
    this.server = server;
    this.listening = listening;
  }

  /** A proxy before the server of a JDBC URL. */
  public static CutProxy before(String jdbcUrl) throws IOException {
    URI server = URI.create(jdbcUrl.substring("jdbc:".length()));
    ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    CutProxy proxy = new CutProxy(server, listening);
    proxy.threads.submit(proxy::accept);
    return proxy;
  }

  /** The JDBC URL that goes through it, to the same database as the same user. */
  public String jdbcUrl() {
    // Encryption would hide from us what the server answers.
    return "jdbc:postgresql://%s:%d%s?%s&sslmode=disable&gssEncMode=disable"
        .formatted(
            listening.getInetAddress().getHostAddress(),
            listening.getLocalPort(),
            server.getPath(),
            server.getQuery());
  }

  /** Cuts the answer to the next COMMIT of a session whose application_name is like that, once. */
  public void cutNextCommit(Predicate<String> applicationName) {
    next.set(applicationName);
  }

  /** How many answers it has cut. */
  public int cuts() {
    return cuts.get();
  }

  @Override
  public void close() throws IOException {
    listening.close();
    threads.shutdownNow();
  }

  private @Nullable Void accept() throws IOException {
    while (true) {
      Socket client = listening.accept();
      Socket upstream = new Socket(server.getHost(), server.getPort());
      threads.submit(() -> forward(client, upstream));
      threads.submit(() -> answer(upstream, client));
    }
  }

  private static @Nullable Void forward(Socket client, Socket upstream) throws IOException {
    try (client;
        upstream;
        InputStream in = client.getInputStream()) {
      in.transferTo(upstream.getOutputStream());
    }
    return null;
  }

  private @Nullable Void answer(Socket upstream, Socket client) throws IOException {
    String application = "";
    try (upstream;
        client;
        DataInputStream in =
            new DataInputStream(new BufferedInputStream(upstream.getInputStream()))) {
      OutputStream out = client.getOutputStream();
      while (true) {
        int type = in.readUnsignedByte();
        byte[] body = new byte[in.readInt() - 4];
        in.readFully(body);
        String text = new String(body, StandardCharsets.UTF_8);
        // ParameterStatus: the server reports every change of application_name.
        if (type == 'S' && text.startsWith("application_name\0")) {
          application = text.substring(text.indexOf('\0') + 1, text.length() - 1);
        }
        if (type == 'C' && text.equals("COMMIT\0") && isCut(application)) {
          cuts.incrementAndGet();
          return null;
        }
        out.write(message(type, body));
        if (in.available() == 0) {
          out.flush();
        }
      }
    }
  }

  private boolean isCut(String application) {
    Predicate<String> wanted = next.get();
    return wanted != null && wanted.test(application) && next.compareAndSet(wanted, null);
  }

  private static byte[] message(int type, byte[] body) {
    return ByteBuffer.allocate(body.length + 5)
        .put((byte) type)
        .putInt(body.length + 4)
        .put(body)
        .array();
  }
}
