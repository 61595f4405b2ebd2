package dev.kedge.starter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.activity.Payloads;
import dev.kedge.console.Problem;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Spec;
import dev.kedge.spec.SpecException;
import dev.kedge.spec.SpecReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A spec or a saved plan, as a file. */
final class InputFile {
  /** A spec is a page or two; what is larger is something else. */
  private static final long LARGEST_BYTES = 16L << 20;

  private final String name;
  private final String content;

  private InputFile(String name, String content) {
    this.name = name;
    this.content = content;
  }

  static InputFile read(String name) {
    Path path = Path.of(name);
    try {
      if (Files.isDirectory(path)) {
        throw unreadable(name, "it is a directory");
      }
      if (Files.size(path) > LARGEST_BYTES) {
        throw unreadable(name, "it is larger than 16 MB");
      }
      return new InputFile(name, Files.readString(path));
    } catch (CharacterCodingException e) {
      throw unreadable(name, "it is not UTF-8 text");
    } catch (IOException e) {
      throw unreadable(
          name, Files.exists(path) ? "may this user read it?" : "there is no such file");
    }
  }

  private static Problem unreadable(String name, String why) {
    return Problem.usage("KD1204", "cannot read " + name + ": " + why, null);
  }

  /** The spec in it. */
  Spec spec() throws SpecException {
    return SpecReader.read(name, content);
  }

  /** The saved plan in it; empty when it is a spec, or meant as one. */
  Optional<Plan> plan() {
    if (!content.stripLeading().startsWith("{") || !content.contains(Plan.FORM)) {
      return Optional.empty();
    }
    try {
      JsonNode tree = Payloads.mapper().readTree(content);
      return Optional.of(Payloads.mapper().treeToValue(tree, Plan.class));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw Problem.usage(
          "KD1205",
          name + " begins like a saved plan, but is none that can be read",
          "make a new one: kedge plan SPEC --out FILE");
    }
  }
}
