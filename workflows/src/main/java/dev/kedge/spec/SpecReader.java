package dev.kedge.spec;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads a spec from YAML and checks its form and meaning, without any database. Everything that is
 * wrong is found in one go, except that broken YAML and secrets end it at once.
 *
 * <p>The form is {@link SpecSchema}'s; a test holds the two together.
 */
public final class SpecReader {
  static final int FORM = 1;
  static final List<String> FIELDS =
      List.of(
          "kedge",
          "migration",
          "owner",
          "database",
          "expand",
          "moves",
          "backfill",
          "guards",
          "evidence",
          "invariants",
          "cutover",
          "contract",
          "approvals");
  static final List<String> BACKFILL = List.of("lanes", "chunk", "maxRate", "badRows");
  static final List<String> EVIDENCE = List.of("maxAge");
  static final List<String> CUTOVER = List.of("stability");

  static final Pattern MIGRATION = Pattern.compile("^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$");
  static final Pattern DATABASE = Pattern.compile("^[A-Za-z0-9]([A-Za-z0-9_.-]{0,62})$");

  private static final Duration LONGEST_HOLD = Duration.ofDays(366);

  private final Problems problems;
  private final Scalars scalars;

  private SpecReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
  }

  /**
   * The spec in {@code yaml}.
   *
   * @param fileName how messages name the file
   * @throws SpecException when anything is wrong with it
   */
  public static Spec read(String fileName, String yaml) throws SpecException {
    Problems problems = new Problems(new Source(fileName, yaml));
    Node root = YamlDocument.read(yaml, problems);
    Secrets.check(root, problems);
    problems.throwIfAny();
    Optional<Spec> spec = new SpecReader(problems).read(root);
    problems.throwIfAny();
    return spec.orElseThrow(() -> new IllegalStateException("a spec that is none has a problem"));
  }

  private Optional<Spec> read(Node root) {
    Fields fields = Fields.of(root, Fields.SPEC, FIELDS, problems);
    fields.required("kedge").ifPresent(form -> scalars.integer(form, FORM, FORM));
    Optional<String> migration =
        fields
            .required("migration")
            .flatMap(name -> scalars.matching(name, MIGRATION, "a name of a-z, 0-9 and -, ≤ 50"));
    Optional<String> database =
        fields
            .required("database")
            .flatMap(name -> scalars.matching(name, DATABASE, "a name that workers know"));
    Optional<String> owner = fields.get("owner").flatMap(scalars::text);
    StatementReader statements = new StatementReader(problems);
    List<Statement> expand = fields.get("expand").map(statements::expand).orElse(List.of());
    List<Move> moves =
        fields.required("moves").map(new MovesReader(problems)::read).orElse(List.of());
    BackfillSettings backfill =
        fields.get("backfill").map(this::backfill).orElse(BackfillSettings.DEFAULT);
    Guards guards = fields.get("guards").map(new GuardReader(problems)::read).orElse(Guards.NONE);
    EvidenceSettings evidence =
        fields.get("evidence").map(this::evidence).orElse(EvidenceSettings.DEFAULT);
    List<Invariant> invariants =
        fields.get("invariants").map(new InvariantReader(problems)::read).orElse(List.of());
    if (fields.get("invariants").isEmpty()) {
      fields.get("guards").ifPresent(at -> new GuardReader(problems).requireInvariants(guards, at));
    }
    CutoverSettings cutover =
        fields.get("cutover").map(this::cutover).orElse(CutoverSettings.DEFAULT);
    List<Statement> contract = fields.get("contract").map(statements::contract).orElse(List.of());
    Map<Gate, ApprovalPolicy> approvals =
        new ApprovalReader(problems).read(fields.get("approvals"));
    return migration.flatMap(
        name ->
            database.map(
                db ->
                    new Spec(
                        name,
                        owner.orElse(null),
                        db,
                        expand,
                        moves,
                        backfill,
                        cutover,
                        contract,
                        approvals,
                        guards,
                        evidence,
                        invariants)));
  }

  private BackfillSettings backfill(Node node) {
    Fields fields = Fields.of(node, "backfill", BACKFILL, problems);
    BackfillSettings unless = BackfillSettings.DEFAULT;
    int lanes =
        fields.get("lanes").flatMap(value -> scalars.integer(value, 1, 64)).orElse(unless.lanes());
    Duration chunk =
        fields
            .get("chunk")
            .flatMap(value -> scalars.duration(value, Duration.ofMillis(1), Duration.ofSeconds(10)))
            .orElse(unless.chunk());
    Long maxRate =
        fields
            .get("maxRate")
            .flatMap(value -> scalars.integer(value, 1, BackfillSettings.FASTEST))
            .map(Integer::longValue)
            .orElse(null);
    return new BackfillSettings(
        lanes, chunk, maxRate, fields.get("badRows").map(this::badRows).orElse(null));
  }

  private BadRows badRows(Node node) {
    if (Scalars.isText(node, "quarantine")) {
      return BadRows.QUARANTINE;
    }
    if (!Scalars.isText(node, "stop")) {
      scalars.unexpected(node, "stop or quarantine", null);
    }
    return BadRows.STOP;
  }

  private EvidenceSettings evidence(Node node) {
    Fields fields = Fields.of(node, "evidence", EVIDENCE, problems);
    return fields
        .get("maxAge")
        .flatMap(value -> scalars.duration(value, Duration.ofMinutes(1), LONGEST_HOLD))
        .map(EvidenceSettings::new)
        .orElse(EvidenceSettings.DEFAULT);
  }

  private CutoverSettings cutover(Node node) {
    Fields fields = Fields.of(node, "cutover", CUTOVER, problems);
    return fields
        .get("stability")
        .flatMap(value -> scalars.duration(value, Duration.ZERO, LONGEST_HOLD))
        .map(CutoverSettings::new)
        .orElse(CutoverSettings.DEFAULT);
  }
}
