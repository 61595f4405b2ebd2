package dev.kedge.starter;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.ColumnData;
import com.github.freva.asciitable.HorizontalAlign;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The list as a table. */
final class ListTable {
  private static final int WIDEST = 60;

  private ListTable() {}

  static String of(List<ListedMigration> all) {
    return AsciiTable.builder()
        .border(AsciiTable.NO_BORDERS)
        .data(
            all,
            List.of(
                column("MIGRATION", ListedMigration::migration),
                column("PHASE", ListedMigration::phase),
                column("STATE", ListedMigration::state),
                column("OWNER", ListedMigration::owner),
                column("DATABASE", ListedMigration::database),
                column("STARTED", each -> time(each.startedAt())),
                column("REASON", ListedMigration::reason)))
        .asString();
  }

  private static ColumnData<ListedMigration> column(
      String title, Function<ListedMigration, @Nullable String> value) {
    return new Column()
        .header(title)
        .headerAlign(HorizontalAlign.LEFT)
        .dataAlign(HorizontalAlign.LEFT)
        .maxWidth(WIDEST)
        .with(each -> Objects.requireNonNullElse(value.apply(each), ""));
  }

  // To the second, as people compare times.
  private static @Nullable String time(@Nullable String iso) {
    return iso == null || iso.length() < 19 ? iso : iso.substring(0, 19).replace('T', ' ');
  }
}
