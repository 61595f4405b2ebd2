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
    footer = {"Example:", "  kedge tune users-handle --lanes 4 --chunk 20ms"})
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

  @Option(names = "--max-rate", paramLabel = "ROWS/s", description = "not built yet")
  private @Nullable String maxRate;

  @Override
  void check() {
    if (maxRate != null) {
      throw Problem.usage(
          "KD1009", "--max-rate is not built yet", "use --lanes and --chunk to slow down");
    }
    if (lanes == null && chunk == null) {
      throw Problem.usage("KD1200", "tune needs --lanes or --chunk", "kedge tune --help");
    }
    int lanesToCheck = lanes == null ? BackfillSettings.DEFAULT.lanes() : lanes;
    Duration chunkToCheck =
        chunk == null ? BackfillSettings.DEFAULT.chunk() : Words.duration("--chunk", chunk);
    try {
      BackfillSettings checked = new BackfillSettings(lanesToCheck, chunkToCheck);
      chunk = chunk == null ? null : Durations.format(checked.chunk());
    } catch (IllegalArgumentException e) {
      throw Problem.usage("KD1203", String.valueOf(e.getMessage()), null);
    }
  }

  @Override
  ExitCode about(RemoteMigration migration, Session session) {
    return tell(migration, "tune", Letter.from(sender()).with("lanes", lanes).with("chunk", chunk));
  }
}
