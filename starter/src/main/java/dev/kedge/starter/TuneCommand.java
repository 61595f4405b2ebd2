package dev.kedge.starter;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import dev.kedge.spec.BackfillSettings;
import dev.kedge.spec.Durations;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Changes the pace of a backfill that runs. */
@Command(
    name = "tune",
    description = "Changes the pace while it runs.",
    footer = {"Example:", "  kedge tune users-handle --lanes 4 --chunk 20ms --max-rate 5000"})
final class TuneCommand extends SignalVerb {
  @Option(
      names = "--lanes",
      paramLabel = "N",
      description = "ranges that are filled at once, 1 to 64")
  private @Nullable Integer lanes;

  @Option(
      names = "--chunk",
      paramLabel = "D",
      description = "the time one transaction aims at, 1ms to 10s")
  private @Nullable String chunk;

  @Option(
      names = "--max-rate",
      paramLabel = "ROWS/s",
      description = "rows a second of all lanes together; 0 or none for no bound")
  private @Nullable String maxRate;

  @Override
  void check() {
    if (lanes == null && chunk == null && maxRate == null) {
      throw Problem.usage(
          "KD1200", "tune needs --lanes, --chunk or --max-rate", "kedge tune --help");
    }
    int lanesToCheck = lanes == null ? BackfillSettings.DEFAULT.lanes() : lanes;
    Duration chunkToCheck =
        chunk == null ? BackfillSettings.DEFAULT.chunk() : Words.duration("--chunk", chunk);
    Long rateToCheck = maxRate == null ? null : rate(maxRate);
    try {
      BackfillSettings checked =
          new BackfillSettings(
              lanesToCheck,
              chunkToCheck,
              rateToCheck == null || rateToCheck == 0 ? null : rateToCheck,
              null);
      chunk = chunk == null ? null : Durations.format(checked.chunk());
    } catch (IllegalArgumentException e) {
      throw Problem.usage("KD1203", String.valueOf(e.getMessage()), null);
    }
  }

  @Override
  ExitCode about(RemoteMigration migration, Session session) {
    return tell(
        migration,
        "tune",
        Letter.from(sender())
            .with("lanes", lanes)
            .with("chunk", chunk)
            .with("maxRate", maxRate == null ? null : Integer.valueOf((int) rate(maxRate))));
  }

  /** Rows a second, 0 for no bound; {@code 5000/s} is taken, too. */
  private static long rate(String text) {
    String number = text.endsWith("/s") ? text.substring(0, text.length() - 2) : text;
    if (number.equals("none")) {
      return 0;
    }
    if (!number.matches("[0-9]{1,10}")) {
      throw Problem.usage(
          "KD1203", "--max-rate: expected rows a second or none, got \"" + text + "\"", null);
    }
    return Long.parseLong(number);
  }
}
