package dev.kedge.console;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Where Temporal is. What is not given here comes from the variables {@code TEMPORAL_*} and the
 * profile file, as the {@code temporal} command line reads them.
 */
public final class TemporalOptions {
  @Option(
      names = "--address",
      paramLabel = "HOST:PORT",
      description = "Temporal's frontend (TEMPORAL_ADDRESS, else 127.0.0.1:7233)")
  private @Nullable String address;

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      description = "Temporal's namespace (TEMPORAL_NAMESPACE, else default)")
  private @Nullable String namespace;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = "profile of Temporal's configuration file (TEMPORAL_PROFILE)")
  private @Nullable String profile;

  /** For picocli: nothing given. */
  public TemporalOptions() {}

  public TemporalOptions(
      @Nullable String address, @Nullable String namespace, @Nullable String profile) {
    this.address = address;
    this.namespace = namespace;
    this.profile = profile;
  }

  public @Nullable String address() {
    return address;
  }

  public @Nullable String namespace() {
    return namespace;
  }

  public @Nullable String profile() {
    return profile;
  }
}
