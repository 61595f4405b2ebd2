package dev.kedge.starter;

import dev.kedge.console.TemporalOptions;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every command takes. */
final class CommonOptions {
  /** Reads a form, and names the known ones when it is none. */
  static final class Formats implements ITypeConverter<Format> {
    @Override
    public Format convert(String text) {
      return Words.one(
          "output",
          text,
          List.of("text", "json"),
          name -> Format.valueOf(name.toUpperCase(Locale.ROOT)));
    }
  }

  /** The form of what goes to stdout. */
  enum Format {
    TEXT,
    JSON;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "text|json",
      converter = CommonOptions.Formats.class,
      description = "form of the output (${DEFAULT-VALUE})")
  private Format format = Format.TEXT;

  @Mixin private TemporalOptions temporal = new TemporalOptions();

  @Option(names = "--no-color", description = "no colours (also NO_COLOR)")
  private boolean noColor;

  @Option(
      names = {"-v", "--verbose"},
      description = "tell unforeseen failures with their stack trace")
  private boolean verbose;

  boolean json() {
    return format == Format.JSON;
  }

  boolean verbose() {
    return verbose;
  }

  TemporalOptions temporal() {
    return temporal;
  }

  /** Whether colours are wanted and seen. */
  boolean colours() {
    return !noColor && !json() && Ansi.AUTO.enabled();
  }
}
