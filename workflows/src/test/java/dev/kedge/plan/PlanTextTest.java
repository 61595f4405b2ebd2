package dev.kedge.plan;

import static dev.kedge.plan.Tables.table;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kedge.activity.Payloads;
import dev.kedge.plan.Catalog.Rehearsal;
import dev.kedge.spec.Spec;
import dev.kedge.spec.SpecException;
import dev.kedge.spec.SpecReader;
import dev.kedge.spec.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What people and scripts see of a plan. */
final class PlanTextTest {
  private static final ObjectMapper JSON = Payloads.mapper();

  private static final String SPEC =
      """
      kedge: 1
      migration: shop
      database: app
      expand:
        - CREATE TABLE sales (id bigint PRIMARY KEY, cents bigint)
        - ALTER TABLE users ADD COLUMN handle text
      moves:
        - { from: users, to: users, columns: { handle: lower(username) }, reverse: { username: handle } }
        - { from: '"Orders"', to: sales, columns: { cents: price * 100 }, where: price > 0 }
      contract:
        - DROP TABLE "Orders"
      approvals:
        contract: { count: 2, from: [ann, bob] }
      """;

  @Test
  void anOutlineIsMarkdownWithALineAStep() throws SpecException {
    String outline = PlanText.outline(plan());
    assertTrue(
        outline.contains(
            """
            - `ALTER TABLE users ADD COLUMN handle text`

            **capture**

            - capture writes to public.users
            """),
        outline);
  }

  @Test
  void aPlanReadsAsTheWalk() throws SpecException {
    Plan plan = plan();
    String hash = plan.planHash();
    assertEquals(
        """
        plan shop  HASH

        expand
          gate expand: passes by itself, on clean evidence
          statement 1
              CREATE TABLE sales (id bigint PRIMARY KEY, cents bigint)
              undo: DROP TABLE sales
          statement 2
              ALTER TABLE users ADD COLUMN handle text
              undo: ALTER TABLE users DROP COLUMN handle
              locks: public.users AccessExclusiveLock

        capture
          capture writes to public.users
              CREATE TRIGGER … BEFORE INSERT OR UPDATE ON public.users FOR EACH ROW …
              -- in the application's own writes: handle = lower(username)
              locks: public.users ShareRowExclusiveLock
          defer indexes of public.sales
              -- record the indexes, unique constraints and foreign keys of public.sales, its key apart
              DROP INDEX …; ALTER TABLE public.sales DROP CONSTRAINT …
              locks: public.sales AccessExclusiveLock
          capture writes to public.Orders
              CREATE TRIGGER … AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON public."Orders" …
              -- notes the keys of changed rows
              CREATE TRIGGER … BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.sales …
              -- until writes, refuses writes that are not Kedge's
              locks: public.Orders ShareRowExclusiveLock, public.sales ShareRowExclusiveLock

        backfill
          fill public.users from public.users in 2 lanes, 50ms a chunk, about 1000 rows
              UPDATE public.users
              SET handle = lower(username)
              WHERE (tenant, id) > $lo AND (tenant, id) <= $hi
                AND (handle IS DISTINCT FROM lower(username))
              locks: public.users RowExclusiveLock
          fill public.sales from public.Orders in 2 lanes, 50ms a chunk, about 1000 rows
              INSERT INTO public.sales (id, cents)
              SELECT id, price * 100
              FROM public."Orders"
              WHERE id > $lo AND id <= $hi
                AND (price > 0)
              locks: public.Orders AccessShareLock, public.sales RowExclusiveLock
          build the indexes of public.sales
              CREATE INDEX CONCURRENTLY … ON public.sales …
              locks: public.sales AccessExclusiveLock

        reconcile
          compare public.users with public.users, all of it
              SELECT count(*) FROM public.users
              WHERE (tenant, id) > $lo AND (tenant, id) <= $hi
                AND (handle IS DISTINCT FROM lower(username))
              locks: public.users AccessShareLock
          compare public.sales with public.Orders, all of it
              -- by value, both ways, in one snapshot
              SELECT id, price * 100
              FROM public."Orders"
              WHERE id > $lo AND id <= $hi
                AND (price > 0)
              EXCEPT ALL
              SELECT id, cents
              FROM public.sales
              locks: public.Orders AccessShareLock, public.sales AccessShareLock

        reads
          gate reads: waits for 1 approval, not by who started it

        writes
          gate writes: waits for 1 approval, not by who started it
          hand over to public.users
              -- the trigger's other half, on: username = handle
              locks: public.users ShareRowExclusiveLock
          hand over to public.sales
              LOCK TABLE public."Orders" IN SHARE ROW EXCLUSIVE MODE
              -- apply the last captured keys; at most 50 ms, or roll back and try again
              -- public.sales takes writes, public."Orders" refuses them
              -- the old side stays as it is from now on
              locks: public.Orders ShareRowExclusiveLock, public.sales ShareRowExclusiveLock

        stability
          keep the old side warm for 24h

        contract
          gate contract: waits for 2 approvals from ann, bob, not by who started it
          remove what was installed for public.users
              DROP TRIGGER … ON public.users
              locks: public.users AccessExclusiveLock
          remove what was installed for public.sales
              DROP TRIGGER … ON public."Orders"
              DROP TRIGGER … ON public.sales
              locks: public.Orders AccessExclusiveLock, public.sales AccessExclusiveLock
          statement 1
              DROP TABLE "Orders"
              destroys: public.Orders

        warning: moves[1]: from writes on, the old side holds what reverse makes of the new one; what handle = lower(username) forgets does not come back

        warning: nothing is in guards.throttle, so nothing slows the backfill down when the database has other things to do; a bound such as replicationLag: 2s would

        20 steps; nothing was changed
        """
            .replace("HASH", hash),
        PlanText.render(plan));
  }

  @Test
  void rowsThatWouldBeKeptAsideAreSaid() throws Exception {
    Plan plan = catalog(SPEC + "backfill: { badRows: quarantine }\n").plan();

    assertTrue(plan.move(1).quarantine());
    assertTrue(PlanText.render(plan).contains("rows that cannot be taken over kept aside"));
    assertFalse(PlanText.render(catalog(SPEC).plan()).contains("kept aside"));
  }

  @Test
  void guardsSayWhatTheyDoAndFromWhereOn() throws Exception {
    String guards =
        """
        backfill: { maxRate: 5000 }
        guards:
          throttle: { replicationLag: 2s, walPerSecond: 40MB }
          pause:
            slotRetention: 1.5GiB
            queries: [{ name: queue, sql: SELECT count(*) FROM jobs, max: 0.5 }]
          abort: { differences: 1 }
        """;
    Plan plan = catalog(SPEC + guards).plan();
    String text = PlanText.render(plan);
    assertTrue(
        text.contains(
            """

            guards
              throttle: goes slower, down to a stop, at replicationLag 2s, walPerSecond 40MB
              pause: pauses until somebody resumes it, at slotRetention 1536MiB, queue 0.50
                  queue: SELECT count(*) FROM jobs
              abort: stops for good, at differences 1

            warning: moves[1]"""),
        text);
    assertTrue(text.contains("50ms a chunk, at most 5000 rows/s, about"), text);
    assertFalse(text.contains("nothing is in guards.throttle"), text);
    JsonNode pause = JSON.valueToTree(plan).at("/spec/guards/pause");
    assertEquals("slotRetention", pause.at("/0/signal").asText());
    assertEquals(1.5 * (1 << 30), pause.at("/0/bound").asDouble());
    assertEquals(plan, JSON.readValue(JSON.writeValueAsString(plan), Plan.class));
  }

  @Test
  void refusalsReadLikeACompilers() throws SpecException {
    Plan plan = catalog().inRecovery().plan();
    assertTrue(
        PlanText.render(plan)
            .endsWith(
                """

                error[KD2203]: app: the connected server is in recovery: a standby takes no writes
                help: give the workers the URL of the primary, or add targetServerType=primary to it

                cannot run: 1 of the above must be mended; nothing was changed
                """),
        () -> PlanText.render(plan));
  }

  @Test
  void aSavedPlanIsThePlan() throws Exception {
    Plan plan = plan();
    Plan read = JSON.readValue(JSON.writeValueAsString(plan), Plan.class);
    assertEquals(plan, read);
    assertTrue(PlanHash.isGenuine(read));
    Plan refused = catalog().inRecovery().plan();
    assertEquals(refused, JSON.readValue(JSON.writeValueAsString(refused), Plan.class));
  }

  @Test
  void anEditedPlanIsNotGenuine() throws Exception {
    String edited = JSON.writeValueAsString(plan()).replace("price > 0", "price > 1");
    assertEquals(false, PlanHash.isGenuine(JSON.readValue(edited, Plan.class)));
  }

  @Test
  void jsonHasTheFieldsOfTheContract() throws Exception {
    JsonNode plan = JSON.valueToTree(plan());
    assertEquals("kedge.plan/1", plan.get("form").asText());
    assertTrue(plan.get("planHash").asText().matches("sha256:[0-9a-f]{64}"));
    JsonNode statement = plan.get("steps").get(2);
    assertEquals("applyDdl", statement.get("kind").asText());
    assertEquals("expand", statement.get("phase").asText());
    assertEquals("ALTER TABLE users ADD COLUMN handle text", statement.at("/sql/0").asText());
    assertEquals("public.users", statement.at("/locks/0/relation").asText());
    assertEquals("AccessExclusiveLock", statement.at("/locks/0/mode").asText());
    assertTrue(statement.get("rewrites").isNull());
    assertTrue(statement.get("scans").isNull());
    assertTrue(statement.get("forecastSeconds").isNull());
    JsonNode refusal = JSON.valueToTree(catalog().inRecovery().plan()).at("/refusals/0");
    assertEquals("KD2203", refusal.get("code").asText());
    assertTrue(refusal.has("object") && refusal.has("why") && refusal.has("help"));
  }

  private static Plan plan() throws SpecException {
    return catalog().plan();
  }

  private static Catalogs catalog() throws SpecException {
    return catalog(SPEC);
  }

  private static Catalogs catalog(String yaml) throws SpecException {
    Spec spec = SpecReader.read("spec.yaml", yaml);
    String alter = spec.expand().get(1).sql();
    Step.Destroyed orders = new Step.Destroyed(new TableName("public", "Orders"), List.of());
    return Catalogs.of(spec)
        .before(table("users", "tenant integer pk", "id bigint pk", "username text"))
        .after(table("users", "tenant integer pk", "id bigint pk", "username text", "handle text"))
        .both(table("\"Orders\"", "id bigint pk", "price numeric"))
        .after(table("sales", "id bigint pk", "cents bigint"))
        .expand(1, Catalogs.adds(spec.expand().get(0).sql(), "DROP TABLE sales"))
        .expand(
            2,
            new Rehearsal(
                alter,
                null,
                List.of("ALTER TABLE users DROP COLUMN handle"),
                true,
                List.of(),
                List.of("public.users AccessExclusiveLock")))
        .contract(
            1,
            new Rehearsal(
                "DROP TABLE \"Orders\"", null, List.of(), false, List.of(orders), List.of()));
  }
}
