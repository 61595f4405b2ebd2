package dev.kedge.postgres;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a client and PostgreSQL. When asked it lets a statement through but not its
 * answer: it swallows that and drops the connection, so the client cannot know what became of it;
 * or it holds the answer, so the client stands still in the middle of its work, as a frozen worker
 * does.
 */
public final class CutProxy implements AutoCloseable {
  private final URI server;
  private final ServerSocket listening;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicReference<@Nullable Predicate<Answer>> cut = new AtomicReference<>();
  private final AtomicReference<@Nullable Held> hold = new AtomicReference<>();
  private final AtomicInteger cuts = new AtomicInteger();
  private volatile boolean pooler;

  /**
   * The server's word that a statement is done.
   *
   * @param application the session's application_name as it was reported last
   * @param tag what the server says of it, like {@code COMMIT} or {@code UPDATE 3}
   */
  public record Answer(String application, String tag) {
    /** Whether it is of a session of that name, and begins with that tag. */
    public boolean is(String name, String command) {
      return application.equals(name) && tag.startsWith(command);
    }
  }

  /** An answer that waits to be held, is held, or was let go. */
  public static final class Held {
    private final Predicate<Answer> which;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    private Held(Predicate<Answer> which) {
      this.which = which;
    }

    /** Waits until an answer is held. */
    public void await() throws InterruptedException {
      if (!reached.await(20, TimeUnit.SECONDS)) {
        throw new AssertionError("no such answer came");
      }
    }

    /** Lets the answer go on its way. */
    public void release() {
      released.countDown();
    }
  }

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

  /** Cuts the next answer like that, once. */
  public void cut(Predicate<Answer> which) {
    cut.set(which);
  }

  /** Holds the next answer like that, until it is released. */
  public Held hold(Predicate<Answer> which) {
    Held held = new Held(which);
    hold.set(held);
    return held;
  }

  /** From now on it gives out process ids of its own, as a pooler does. */
  public CutProxy poses() {
    pooler = true;
    return this;
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
      // Small answers in several pieces would wait 40 ms for an acknowledgement each.
      client.setTcpNoDelay(true);
      upstream.setTcpNoDelay(true);
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

  private @Nullable Void answer(Socket upstream, Socket client)
      throws IOException, InterruptedException {
    String application = "";
    try (upstream;
        client;
        DataInputStream in =
            new DataInputStream(new BufferedInputStream(upstream.getInputStream()))) {
      OutputStream out = new BufferedOutputStream(client.getOutputStream());
      while (true) {
        int type = in.readUnsignedByte();
        byte[] body = new byte[in.readInt() - 4];
        in.readFully(body);
        String text = new String(body, StandardCharsets.UTF_8);
        // ParameterStatus: the server reports every change of application_name.
        if (type == 'S' && text.startsWith("application_name\0")) {
          application = text.substring(text.indexOf('\0') + 1, text.length() - 1);
        }
        // BackendKeyData: process id, then the secret to cancel with.
        if (type == 'K' && pooler) {
          body[0] ^= 1;
        }
        if (type == 'C') {
          Answer answer = new Answer(application, text.substring(0, text.length() - 1));
          if (isCut(answer)) {
            cuts.incrementAndGet();
            return null;
          }
          out.flush();
          holdIfAsked(answer);
        }
        out.write(message(type, body));
        if (in.available() == 0) {
          out.flush();
        }
      }
    }
  }

  private boolean isCut(Answer answer) {
    Predicate<Answer> wanted = cut.get();
    return wanted != null && wanted.test(answer) && cut.compareAndSet(wanted, null);
  }

  private void holdIfAsked(Answer answer) throws InterruptedException {
    Held held = hold.get();
    if (held != null && held.which.test(answer) && hold.compareAndSet(held, null)) {
      held.reached.countDown();
      held.released.await();
    }
  }

  private static byte[] message(int type, byte[] body) {
    return ByteBuffer.allocate(body.length + 5)
        .put((byte) type)
        .putInt(body.length + 4)
        .put(body)
        .array();
  }
}
