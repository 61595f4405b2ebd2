package dev.kedge.embedded.postgres;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Opens a session as any client would, and leaves at once, to see whether the server takes them.
 * Messages are those of PostgreSQL's frontend/backend protocol 3.0.
 */
final class Handshake {

  private static final int PROTOCOL_3_0 = 196_608;
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final int LONGEST_MESSAGE = 1 << 20;
  private static final byte[] TERMINATE = {'X', 0, 0, 0, 4};

  private Handshake() {}

  /** Whether a session was granted; false also while nobody listens yet. */
  static boolean succeeds(int port, String user) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(Ports.loopback(), port), TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.getOutputStream().write(startupMessage(user));
      boolean granted = readGrant(new DataInputStream(socket.getInputStream()));
      socket.getOutputStream().write(TERMINATE);
      return granted;
    } catch (IOException e) {
      return false;
    }
  }

  private static byte[] startupMessage(String user) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (String word : new String[] {"user", user, "database", "postgres", ""}) {
      body.write(word.getBytes(StandardCharsets.UTF_8));
      body.write(0);
    }
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(message);
    out.writeInt(2 * Integer.BYTES + body.size());
    out.writeInt(PROTOCOL_3_0);
    body.writeTo(out);
    return message.toByteArray();
  }

  /** Reads up to ReadyForQuery, or to an error such as "the database system is starting up". */
  private static boolean readGrant(DataInputStream in) throws IOException {
    while (true) {
      int type = in.readByte();
      int length = in.readInt() - Integer.BYTES;
      if (length < 0 || length > LONGEST_MESSAGE) {
        throw new IOException("not a PostgreSQL server");
      }
      if (in.readNBytes(length).length < length) {
        throw new EOFException();
      }
      if (type == 'Z' || type == 'E') {
        return type == 'Z';
      }
    }
  }
}
