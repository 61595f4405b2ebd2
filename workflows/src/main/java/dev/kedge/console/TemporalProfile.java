package dev.kedge.console;

import io.temporal.envconfig.ClientConfigProfile;
import io.temporal.envconfig.LoadClientConfigProfileOptions;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The settings of a connection, from flags, then variables, then the profile file. */
final class TemporalProfile {
  private static final String DEFAULT_ADDRESS = "127.0.0.1:7233";
  private static final String DEFAULT_NAMESPACE = "default";

  private final ClientConfigProfile profile;

  private TemporalProfile(ClientConfigProfile profile) {
    this.profile = profile;
  }

  static TemporalProfile load(TemporalOptions options, Map<String, String> env) {
    requireFile(env.get("TEMPORAL_CONFIG_FILE"));
    try {
      LoadClientConfigProfileOptions.Builder load =
          LoadClientConfigProfileOptions.newBuilder().setEnvOverrides(env);
      if (options.profile() != null) {
        load.setConfigFileProfile(options.profile());
      }
      return new TemporalProfile(
          withFlags(ClientConfigProfile.load(load.build()).toBuilder(), options));
    } catch (IOException | IllegalArgumentException e) {
      throw Problem.usage(
          "KD1301",
          "Temporal's configuration cannot be read: " + e.getMessage(),
          "see TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE and --profile");
    }
  }

  /** Nothing but an address. */
  static TemporalProfile only(String address) {
    return new TemporalProfile(ClientConfigProfile.newBuilder().setAddress(address).build());
  }

  // The library skips a file that is not there and connects to localhost: not what was asked for.
  private static void requireFile(@Nullable String path) {
    if (path != null && !path.isEmpty() && !Files.isReadable(Path.of(path))) {
      throw Problem.usage(
          "KD1300",
          "TEMPORAL_CONFIG_FILE names " + path + ", which is not a readable file",
          "correct the path, or unset TEMPORAL_CONFIG_FILE");
    }
  }

  private static ClientConfigProfile withFlags(
      ClientConfigProfile.Builder builder, TemporalOptions options) {
    if (options.address() != null) {
      builder.setAddress(options.address());
    }
    if (options.namespace() != null) {
      builder.setNamespace(options.namespace());
    }
    return builder.build();
  }

  String address() {
    return orElse(profile.getAddress(), DEFAULT_ADDRESS);
  }

  String namespace() {
    return orElse(profile.getNamespace(), DEFAULT_NAMESPACE);
  }

  private static String orElse(@Nullable String value, String otherwise) {
    return value == null || value.isEmpty() ? otherwise : value;
  }

  WorkflowServiceStubsOptions.Builder stubs() {
    WorkflowServiceStubsOptions.Builder builder =
        WorkflowServiceStubsOptions.newBuilder(profile.toWorkflowServiceStubsOptions())
            .setTarget(address());
    // An API key switches TLS on even where TEMPORAL_TLS=false says otherwise.
    if (profile.getTls() != null && Boolean.TRUE.equals(profile.getTls().isDisabled())) {
      builder.setEnableHttps(false);
    }
    return builder;
  }
}
