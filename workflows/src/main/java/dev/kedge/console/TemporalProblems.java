package dev.kedge.console;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What Temporal's refusals and silences mean for whoever typed a command. */
public final class TemporalProblems {
  private TemporalProblems() {}

  /** The problem behind {@code error}; null when it has nothing to do with reaching Temporal. */
  static @Nullable Problem of(Throwable error) {
    StatusRuntimeException status = find(error, StatusRuntimeException.class);
    return status == null ? null : of(status, null);
  }

  /** The problem of a call to the server at {@code address}, or at the configured one when null. */
  public static @Nullable Problem of(StatusRuntimeException error, @Nullable String address) {
    String where = address == null ? "Temporal" : "Temporal at " + address;
    return switch (error.getStatus().getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED -> unreachable(error, where);
      case UNAUTHENTICATED, PERMISSION_DENIED -> refused(error, where);
      case NOT_FOUND -> notFound(error, where);
      case UNIMPLEMENTED, UNKNOWN, INTERNAL -> address == null ? null : stranger(error, where);
      default -> null;
    };
  }

  private static Problem unreachable(StatusRuntimeException error, String where) {
    return Problem.unreachable(
        "KD5001",
        "cannot reach " + where + " (" + why(error) + ")",
        "start one with `kedge dev`, or say where it is: --address HOST:PORT or TEMPORAL_ADDRESS");
  }

  private static Problem refused(StatusRuntimeException error, String where) {
    return new Problem(
        "KD4000",
        ExitCode.NOT_AUTHORISED,
        where + " refused: " + description(error),
        "give a token that may do this: TEMPORAL_API_KEY, or the profile's api_key");
  }

  private static @Nullable Problem notFound(StatusRuntimeException error, String where) {
    String description = description(error);
    return description.toLowerCase(Locale.ROOT).contains("namespace")
        ? Problem.unreachable(
            "KD5002",
            where + ": " + description,
            "name an existing one: --namespace NAME or TEMPORAL_NAMESPACE")
        : null;
  }

  private static Problem stranger(StatusRuntimeException error, String where) {
    return Problem.unreachable(
        "KD5003",
        where + " does not answer as Temporal does (" + description(error) + ")",
        "check host and port, and whether TLS is on on both sides (TEMPORAL_TLS)");
  }

  private static String why(StatusRuntimeException error) {
    if (error.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED) {
      return "no answer in time";
    }
    if (find(error, UnknownHostException.class) != null) {
      return "unknown host";
    }
    if (find(error, SSLException.class) != null) {
      return "TLS handshake failed";
    }
    ConnectException refused = find(error, ConnectException.class);
    return refused != null && String.valueOf(refused.getMessage()).contains("refused")
        ? "connection refused"
        : description(error);
  }

  private static String description(StatusRuntimeException error) {
    String text = error.getStatus().getDescription();
    return text == null
        ? error.getStatus().getCode().name()
        : text.lines().findFirst().orElse(error.getStatus().getCode().name());
  }

  private static <T extends Throwable> @Nullable T find(Throwable error, Class<T> type) {
    for (Throwable at = error; at != null; at = at.getCause()) {
      if (type.isInstance(at)) {
        return type.cast(at);
      }
    }
    return null;
  }
}
