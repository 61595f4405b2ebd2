package dev.kedge.backfill;

import dev.kedge.activity.BackfillActivities.LaneRequest;
import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Scope;
import dev.kedge.capture.PartitionWatch;
import dev.kedge.capture.PostgresCaptureActivities;
import dev.kedge.ledger.Claim;
import dev.kedge.ledger.Ledger;
import dev.kedge.ledger.TailRow;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The engine's parts over one move, one transaction at a time, for tests to interleave. */
public final class CopyEngine {
  private final PostgresExtension postgres;
  private MoveScope scope;

  private CopyEngine(PostgresExtension postgres, MoveScope scope) {
    this.postgres = postgres;
    this.scope = scope;
  }

  /** Registers the migration {@code m} with the move and installs its capture. */
  public static CopyEngine start(PostgresExtension postgres, MovePlan move) throws SQLException {
    CopyEngine engine = new CopyEngine(postgres, Fixture.register(postgres, "m", move));
    engine.capture().installCapture(engine.scope);
    return engine;
  }

  /** The parts over a move that is registered, of which nothing is installed yet. */
  public static CopyEngine of(PostgresExtension postgres, MoveScope scope) {
    return new CopyEngine(postgres, scope);
  }

  /** Another move of the same migration, with its capture. */
  public CopyEngine beside(MovePlan move) {
    CopyEngine other = new CopyEngine(postgres, new MoveScope(scope.scope(), move));
    other.capture().installCapture(other.scope);
    return other;
  }

  public MoveScope scope() {
    return scope;
  }

  public Database database() {
    return postgres.database();
  }

  public PostgresCaptureActivities capture() {
    return new PostgresCaptureActivities(
        postgres.databases(), (database, request) -> {}, (database, request) -> {});
  }

  public PostgresBackfillActivities activities() {
    return new PostgresBackfillActivities(postgres.databases(), (sql, request, chunk) -> 0);
  }

  /** Ends the epoch; what was made before goes on under the old one. */
  public void bump() throws SQLException {
    Scope next = Fixture.bump(postgres, scope.scope());
    scope = new MoveScope(next, scope.move());
  }

  /** Cuts this move's one range at every multiple of {@code step} below {@code end}. */
  public void cutEvery(int step, int end) throws SQLException {
    List<String> keys = new ArrayList<>();
    for (int key = step; key < end; key += step) {
      keys.add(String.valueOf(key));
    }
    cutAt(keys.toArray(String[]::new));
  }

  /** Goes on under another epoch, which somebody else made. */
  public void at(long epoch) {
    scope = new MoveScope(scope.scope().at(epoch), scope.move());
  }

  /** Cuts the one range of a small table at these keys; before anything is claimed. */
  public void cutAt(String... keys) throws SQLException {
    int move = scope.move().number();
    postgres.run("DELETE FROM kedge.range WHERE move = " + move);
    for (int i = 0; i <= keys.length; i++) {
      List<String> lo = i == 0 ? null : List.of(keys[i - 1]);
      List<String> hi = i == keys.length ? null : List.of(keys[i]);
      try (Connection connection = postgres.connect()) {
        Sql sql = new Sql(connection);
        sql.update(
            """
            INSERT INTO kedge.range (migration, move, range, lo, hi, cursor, epoch)
            SELECT id, ?, ?, ?::text[], ?::text[], ?::text[], epoch FROM kedge.migration""",
            move,
            i + 1,
            lo,
            hi,
            lo);
        sql.update(
            "INSERT INTO kedge.lease (migration, move, range) SELECT id, ?, ? FROM kedge.migration",
            move,
            i + 1);
      }
    }
  }

  public Ledger ledger() throws SQLException {
    return Ledger.open(database(), scope);
  }

  /** Claims the first free range and takes its first snapshot. */
  public Claim claim(String owner) throws SQLException {
    Ledger ledger = ledger();
    Claim claim = ledger.claim(owner).orElseThrow();
    if (claim.applied() == null) {
      chunk(ledger).begin(claim);
      return claim.nextTurn();
    }
    return claim;
  }

  /** Fills {@code rows} rows. */
  public Optional<Claim> fill(Claim claim, long rows) throws SQLException {
    return chunk(ledger()).fill(claim, rows).map(Chunk.Filled::claim);
  }

  /** Applies what was captured in the claim's range; false when it is lost. */
  public boolean apply(Claim claim) throws SQLException {
    return new RangeRound(database(), ledger()).run(claim);
  }

  /** Fills all ranges with one lane. */
  public LaneResult lane() {
    return activities().fillRanges(new LaneRequest(scope, 1, Duration.ofMinutes(1)));
  }

  /** The same in chunks of so many rows, waiting so often. */
  LaneResult lane(int rows, int patience) throws SQLException {
    Ledger ledger = ledger();
    RangeRound round = new RangeRound(database(), ledger);
    RangeWork.Effort effort = new RangeWork.Effort(ChunkSize.of(rows), patience);
    return new Lane(
            ledger,
            tally -> new RangeWork(ledger, chunk(ledger), round, tally, effort),
            new Heartbeat(() -> null, progress -> {}),
            Duration.ofMinutes(1))
        .run();
  }

  /** Takes in what partitions came, went or were emptied, as far as it gets. */
  public void attend() throws SQLException {
    PartitionWatch watch = watch();
    TailRow.Look look = look();
    while (watch.attend(look)) {
      look = look();
    }
  }

  /** What does that, one short thing at a time. */
  public PartitionWatch watch() throws SQLException {
    return new PartitionWatch(database(), scope, ledger().migration());
  }

  public TailRow.Look look() throws SQLException {
    return new TailRow(scope, ledger().migration()).look(database()).orElseThrow();
  }

  /** One round of the tail. */
  public TailRound.Done round() throws SQLException {
    return tail().run();
  }

  public TailRound tail() throws SQLException {
    Ledger ledger = ledger();
    MovePlan move = scope.move();
    TailRow.Look look = new TailRow(scope, ledger.migration()).look(database()).orElseThrow();
    return new TailRound(
        database(),
        scope,
        ledger.migration(),
        look.forward()
            ? Direction.forward(ledger.migration(), move)
            : Direction.reverse(ledger.migration(), move));
  }

  private Chunk chunk(Ledger ledger) {
    return new Chunk(database(), ledger, new CopyFiller(), 1);
  }
}
