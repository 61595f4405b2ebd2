package dev.kedge.plan;

import static dev.kedge.plan.Tables.table;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.spec.Spec;
import dev.kedge.spec.SpecException;
import dev.kedge.spec.SpecReader;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PartitionCheckTest {
  private static final String[] EVENTS = {"id bigint pk", "region text pk", "at date notnull"};

  PartitionCheckTest() {}

  @Test
  void aCopyBetweenDifferentlyPartitionedTablesIsPlanned() {
    Plan plan =
        plan(
            "{from: events, to: sales}",
            table("events", EVENTS).partitionedBy("region"),
            table("sales", "region text pk", "id bigint pk", "at date notnull")
                .partitionedBy("id", "region"));

    assertEquals(List.of(), plan.refusals());
    assertEquals(
        List.of("id", "region"), plan.move(1).key().stream().map(KeyColumn::source).toList());
    String steps = plan.steps().toString();
    assertTrue(steps.contains("its indexes stay while it is filled"), steps);
    assertTrue(steps.contains("ANALYZE public.sales"), steps);
  }

  @Test
  void plainAndPartitionedMayBeCopiedToEachOther() {
    Tables plain = table("sales", EVENTS);
    assertEquals(
        List.of(),
        plan("{from: events, to: sales}", table("events", EVENTS).partitionedBy("region"), plain)
            .refusals());
    assertEquals(
        List.of(),
        plan(
                "{from: events, to: sales}",
                table("events", EVENTS),
                table("sales", EVENTS).partitionedBy("id"))
            .refusals());
  }

  @Test
  void aTargetPartitionedByWhatIsNoKeyIsRefusedWithTheRemedy() {
    Refusal refusal =
        only(
            "KD2116",
            "{from: events, to: sales}",
            table("events", "id bigint pk", "at date notnull"),
            table("sales", "id bigint pk", "at date pk").partitionedBy("at"));

    assertTrue(refusal.help().contains("partition it by columns of (id)"), refusal.help());
    assertTrue(refusal.help().contains("becomes at, too"), refusal.help());
    assertEquals(
        List.of(),
        plan(
                "{from: events, to: sales, key: [id, at]}",
                table("events", "id bigint pk", "at date notnull").unique("u", "id", "at"),
                table("sales", "id bigint pk", "at date pk").partitionedBy("at"))
            .refusals());
  }

  @Test
  void partitionsThemselvesAndForeignOnesAreRefused() {
    Tables sales = table("sales", EVENTS);
    only("KD2111", "{from: events, to: sales}", table("events", EVENTS).partition(), sales);
    only(
        "KD2111",
        "{from: events, to: sales}",
        table("events", EVENTS).partitionedBy("region").partition(),
        sales);
    Refusal foreign =
        only(
            "KD2111",
            "{from: events, to: sales}",
            table("events", EVENTS)
                .partitioned(
                    new Catalog.Partitioning(List.of("region"), List.of("public.far"), false)),
            sales);
    assertTrue(foreign.why().contains("public.far"), foreign.why());
    only(
        "KD2111",
        "{from: events, to: sales}",
        table("events", EVENTS)
            .partitioned(new Catalog.Partitioning(List.of("region"), List.of(), true)),
        sales);
  }

  @Test
  void whatIsNotExactYetIsRefusedByName() {
    Tables events = table("events", EVENTS).partitionedBy("region");
    only(
        "KD2111",
        "{from: events, to: events, columns: {day: at}}",
        events,
        table("events", "id bigint pk", "region text pk", "at date notnull", "day date")
            .partitionedBy("region"));
    only(
        "KD2111",
        "{from: events, to: sales}",
        table("events", EVENTS),
        table("sales", EVENTS).partitionedBy("id").foreignKeys("f FOREIGN KEY (id) REFERENCES x"));
  }

  private static Refusal only(String code, String move, Tables from, Tables to) {
    List<Refusal> refusals = plan(move, from, to).refusals();
    assertEquals(List.of(code), refusals.stream().map(Refusal::code).toList(), refusals::toString);
    return refusals.get(0);
  }

  private static Plan plan(String move, Tables from, Tables to) {
    String text = "kedge: 1\nmigration: m\nowner: team\ndatabase: app\nmoves:\n  - " + move + "\n";
    Catalogs catalog = Catalogs.of(read(text));
    boolean inPlace = from.build().name().equals(to.build().name());
    return inPlace ? catalog.before(from).after(to).plan() : catalog.both(from).after(to).plan();
  }

  private static Spec read(String yaml) {
    try {
      return SpecReader.read("spec.yaml", yaml);
    } catch (SpecException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }
}
