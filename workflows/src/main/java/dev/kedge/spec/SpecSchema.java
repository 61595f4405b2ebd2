package dev.kedge.spec;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * The JSON Schema of a spec, for editors: written by hand, held to {@link SpecReader} by a test.
 */
public final class SpecSchema {
  private static final String RESOURCE = "spec.schema.json";

  private SpecSchema() {}

  /** The schema, JSON with a closing line break. */
  public static String text() {
    try (InputStream in = SpecSchema.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is not beside " + SpecSchema.class.getName());
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
