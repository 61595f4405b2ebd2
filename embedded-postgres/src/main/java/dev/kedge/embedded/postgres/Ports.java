package dev.kedge.embedded.postgres;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Finds TCP ports of 127.0.0.1 that nobody listens on. */
final class Ports {

  // Below the range from which Linux and macOS take ports of outgoing connections: one of those
  // could otherwise sit on our port between a stop and the next start.
  private static final int FIRST = 20_000;
  private static final int AFTER_LAST = 32_000;
  private static final int ATTEMPTS = 200;

  private Ports() {}

  static int anyFree() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, AFTER_LAST);
      if (isFree(port)) {
        return port;
      }
    }
    throw new EmbeddedPostgresException(
        "found no free TCP port between " + FIRST + " and " + AFTER_LAST + " on 127.0.0.1");
  }

  static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      // As PostgreSQL does: connections of a server that just ended do not count.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(loopback(), port));
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }
}
