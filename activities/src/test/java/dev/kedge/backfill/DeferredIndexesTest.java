package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Failures;
import dev.kedge.ledger.Claim;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class DeferredIndexesTest {
  private static final String CATALOG =
      """
      SELECT string_agg(d, E'\\n' ORDER BY d) FROM (
        SELECT pg_get_indexdef(indexrelid) || ' ' || indisvalid || ' '
          || coalesce(obj_description(indexrelid, 'pg_class'), '') || ' ' || indisreplident
          || indisclustered || (SELECT string_agg(coalesce(attstattarget, -1)::text, ',')
            FROM pg_attribute WHERE attrelid = indexrelid)
        FROM pg_index WHERE indrelid = 'b'::regclass
        UNION ALL
        SELECT conname || ' ' || pg_get_constraintdef(oid) || ' '
          || coalesce(obj_description(oid, 'pg_constraint'), '')
        FROM pg_constraint WHERE conrelid = 'b'::regclass AND contype <> 'n') x (d)""";

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;

  DeferredIndexesTest() {}

  @BeforeEach
  void tables() throws SQLException {
    postgres.run(
        """
        CREATE TABLE parent (id int PRIMARY KEY);
        INSERT INTO parent VALUES (1), (2);
        CREATE TABLE a (id int PRIMARY KEY, v text UNIQUE, p int);
        INSERT INTO a SELECT i, 'v' || i, 1 + i % 2 FROM generate_series(1, 100) i;
        CREATE TABLE b (id int PRIMARY KEY, v text NOT NULL, p int, w text,
          CONSTRAINT "the unique" UNIQUE (v) DEFERRABLE INITIALLY DEFERRED,
          CONSTRAINT refers FOREIGN KEY (p) REFERENCES parent ON DELETE CASCADE,
          CONSTRAINT sane CHECK (id > 0));
        CREATE INDEX "B lower" ON b (lower(v)) WHERE id > 3;
        CREATE UNIQUE INDEX b_w ON b (w) INCLUDE (p);
        CREATE INDEX b_stat ON b ((p + 1)); ALTER INDEX b_stat ALTER COLUMN 1 SET STATISTICS 7;
        ALTER TABLE b ADD CONSTRAINT b_wp UNIQUE (w, p);
        COMMENT ON INDEX "B lower" IS 'it''s here';
        COMMENT ON INDEX "the unique" IS 'its index';
        COMMENT ON CONSTRAINT "the unique" ON b IS 'back\\slash';
        COMMENT ON CONSTRAINT refers ON b IS 'parents'""");
    engine =
        CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").column("w", "v || 'w'").plan(1));
  }

  @Test
  void theyComeBackAsTheyWere() throws Exception {
    String before = Fixture.value(postgres, CATALOG);
    engine.activities().deferIndexes(engine.scope());
    assertEquals(
        "2",
        Fixture.value(postgres, "SELECT count(*) FROM pg_index WHERE indrelid = 'b'::regclass"));
    engine.lane();

    restoreWithRounds();
    restoreWithRounds();

    assertEquals(before, Fixture.value(postgres, CATALOG));
  }

  @Test
  void theyComeBackAsTheyWereAfterACrashBetweenAnyTwoSteps() throws Exception {
    String before = Fixture.value(postgres, CATALOG);
    engine.activities().deferIndexes(engine.scope());
    engine.lane();
    postgres.run(
        """
        CREATE TABLE public.passed (place text);
        CREATE FUNCTION public.crash() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
          place text := concat_ws('/', NEW.step, NEW.state, NEW.detail, NEW.turn > OLD.turn);
        BEGIN
          IF place NOT IN (SELECT p.place FROM public.passed p) THEN
            RAISE EXCEPTION 'gone at <%>', place USING ERRCODE = '55000';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER crash BEFORE UPDATE ON kedge.step FOR EACH ROW
        WHEN (NEW.step LIKE 'backfill/%' AND NEW.epoch = OLD.epoch)
        EXECUTE FUNCTION public.crash()""");

    int crashes = 0;
    while (crashed()) {
      crashes++;
      if (crashes % 5 == 0) {
        engine.bump();
      }
    }

    assertTrue(crashes > 30, crashes + " crashes");
    assertEquals(before, Fixture.value(postgres, CATALOG));
  }

  /** Whether a restore met a place where none had been interrupted before. */
  private boolean crashed() throws Exception {
    try {
      restoreWithRounds();
      return false;
    } catch (ApplicationFailure e) {
      String message = e.getOriginalMessage();
      String place = message.substring(message.indexOf('<') + 1, message.indexOf('>'));
      postgres.run("INSERT INTO public.passed VALUES ($$" + place + "$$)");
      return true;
    }
  }

  @Test
  void recordAndDropAreOneTransaction() throws SQLException {
    String before = Fixture.value(postgres, CATALOG);
    postgres.run(
        """
        CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '57014'; END $$;
        CREATE CONSTRAINT TRIGGER no AFTER UPDATE ON kedge.move DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION no()""");

    assertThrows(ApplicationFailure.class, () -> engine.activities().deferIndexes(engine.scope()));

    assertEquals(before, Fixture.value(postgres, CATALOG));
    assertEquals("null", Fixture.value(postgres, "SELECT deferred FROM kedge.move"));
  }

  @Test
  void aUniqueIndexIsBuiltOnlyWhenTheTailIsInOneSnapshot() throws Exception {
    engine.activities().deferIndexes(engine.scope());
    engine.cutAt("50");
    engine.fill(engine.claim("one"), 100);
    Claim two = engine.claim("two");
    postgres.run("UPDATE a SET v = 'moved' WHERE id = 10; UPDATE a SET v = 'v10' WHERE id = 60");
    engine.fill(two, 100);
    assertEquals("2", Fixture.value(postgres, "SELECT count(*) FROM b WHERE v = 'v10'"));

    Concurrently<Boolean> restore = Concurrently.start(this::restore);
    while (!restore.isIn(Pause.class)) {
      assertFalse(restore.isDone(), "it does not wait for the tail");
    }
    untilDone(restore);

    assertEquals("1", Fixture.value(postgres, "SELECT count(*) FROM b WHERE v = 'v10'"));
  }

  @Test
  void theIndexesOfASharedTargetWaitForEveryTail() throws Exception {
    CopyEngine[] both = shared();
    // A unique value goes from one source to the other, and only one of the tails knows.
    postgres.run(
        """
        DELETE FROM public.other WHERE id = 11;
        INSERT INTO public.one VALUES (0, 'u11')""");
    both[0].round();
    assertEquals("2", Fixture.value(postgres, "SELECT count(*) FROM shared WHERE v = 'u11'"));

    Concurrently<Boolean> restore = Concurrently.start(() -> restoreShared(both));
    long rounds = rounds();
    while (rounds() < rounds + 5 || !restore.isIn(Pause.class)) {
      assertFalse(restore.isDone(), "it does not wait for the other tail");
      assertEquals(
          "0",
          Fixture.value(postgres, "SELECT count(*) FROM kedge.step WHERE step LIKE '%shared_v%'"));
      both[0].round();
    }
    untilDone(restore, both);

    assertEquals("0", Fixture.value(postgres, "SELECT id FROM shared WHERE v = 'u11'"));
    assertEquals(
        "t",
        Fixture.value(
            postgres, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'shared_v'::regclass"));
  }

  @Test
  void aUniqueValueThatTwoMovesMakeIsSaidByName() throws Exception {
    CopyEngine[] both = shared();
    postgres.run("UPDATE public.one SET v = 'u11' WHERE id = 1");

    Concurrently<Boolean> restore = Concurrently.start(() -> restoreShared(both));
    ApplicationFailure failure =
        assertThrows(ApplicationFailure.class, () -> untilDone(restore, both));

    assertTrue(failure.getMessage().contains("made by another move"), failure.getMessage());
    assertTrue(failure.getMessage().contains("shared_v"), failure.getMessage());
  }

  private static boolean restoreShared(CopyEngine... both) {
    both[0].activities().restoreIndexes(both[0].scope());
    return true;
  }

  private long rounds() throws SQLException {
    return Long.parseLong(Fixture.value(postgres, "SELECT rounds FROM kedge.tail WHERE move = 2"));
  }

  private CopyEngine[] shared() throws SQLException {
    postgres.run(
        """
        CREATE TABLE public.one (id int PRIMARY KEY, v text);
        CREATE TABLE public.other (id int PRIMARY KEY, v text);
        CREATE TABLE public.shared (id int PRIMARY KEY, v text);
        CREATE UNIQUE INDEX shared_v ON public.shared (v);
        INSERT INTO public.one SELECT i, 'u' || i FROM generate_series(1, 5) i;
        INSERT INTO public.other SELECT i, 'u' || i FROM generate_series(6, 11) i""");
    CopyEngine one = engine.beside(CopyMove.of(postgres, "one", "shared").owns("id <= 5").plan(2));
    CopyEngine other =
        engine.beside(CopyMove.of(postgres, "other", "shared").owns("id > 5").plan(3));
    one.activities().deferIndexes(one.scope());
    for (CopyEngine each : new CopyEngine[] {one, other}) {
      each.lane();
      each.round();
    }
    return new CopyEngine[] {one, other};
  }

  @Test
  void anInvalidLeftoverIsBuiltAnew() throws Exception {
    engine.activities().deferIndexes(engine.scope());
    engine.lane();
    engine.round();
    postgres.run("CREATE UNIQUE INDEX b_w ON b (w) INCLUDE (p)");
    postgres.run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'b_w'::regclass");

    restoreWithRounds();

    assertEquals(
        "t",
        Fixture.value(
            postgres, "SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'b'::regclass"));
  }

  @Test
  void whatDidNotComeOutAsItWasIsSaidByName() throws Exception {
    engine.activities().deferIndexes(engine.scope());
    engine.lane();
    engine.round();
    postgres.run(
        """
        UPDATE kedge.step SET state = 'open';
        INSERT INTO kedge.step (migration, step, epoch, state)
        SELECT 1, 'backfill/restoreIndexes/1/B lower/index', 1, 'done';
        INSERT INTO kedge.step (migration, step, epoch, state)
        SELECT 1, 'backfill/restoreIndexes/1/B lower/comment', 1, 'done'""");

    ApplicationFailure failure = assertThrows(ApplicationFailure.class, this::restoreWithRounds);

    assertEquals(Failures.CATALOG_DIFFERS, failure.getType());
    assertTrue(failure.getOriginalMessage().contains("B lower"), failure.getOriginalMessage());
  }

  private void restoreWithRounds() throws Exception {
    untilDone(Concurrently.start(this::restore));
  }

  private boolean restore() {
    engine.activities().restoreIndexes(engine.scope());
    return true;
  }

  private void untilDone(Concurrently<Boolean> restore) throws Exception {
    untilDone(restore, engine);
  }

  private static void untilDone(Concurrently<Boolean> restore, CopyEngine... engines)
      throws Exception {
    while (!restore.isDone()) {
      for (CopyEngine each : engines) {
        try {
          each.round();
        } catch (SQLException e) {
          // A constraint that is being added is in the way for a moment.
          assertEquals("55P03", e.getSQLState());
        }
      }
    }
    restore.result();
  }
}
