package dev.kedge.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Reader and schema say the same: same fields, same verdicts. */
final class SpecSchemaTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(SpecSchema.text(), InputFormat.JSON);

  static Stream<SpecCorpus.Edit> good() {
    return SpecCorpus.GOOD.stream();
  }

  static Stream<SpecCorpus.Edit> badForm() {
    return SpecCorpus.BAD_FORM.stream();
  }

  static Stream<SpecCorpus.Edit> badMeaning() {
    return SpecCorpus.BAD_MEANING.stream();
  }

  @Test
  void theFullSpecIsAccepted() throws SpecException {
    assertEquals(List.of(), faults(SpecCorpus.FULL));
    assertEquals("users-handle", SpecReader.read("spec.yaml", SpecCorpus.FULL).migration());
  }

  @ParameterizedTest
  @MethodSource("good")
  void bothAcceptWhatIsGood(SpecCorpus.Edit edit) throws SpecException {
    assertEquals(List.of(), faults(edit.yaml()));
    assertEquals("users-handle", SpecReader.read("spec.yaml", edit.yaml()).migration());
  }

  @ParameterizedTest
  @MethodSource("badForm")
  void bothRefuseWhatIsWrongInForm(SpecCorpus.Edit edit) {
    assertFalse(faults(edit.yaml()).isEmpty(), "the schema accepts it");
    assertTrue(refused(edit.yaml()), "the reader accepts it");
  }

  @ParameterizedTest
  @MethodSource("badMeaning")
  void theReaderAloneKnowsTheMeaning(SpecCorpus.Edit edit) {
    assertEquals(List.of(), faults(edit.yaml()));
    assertTrue(refused(edit.yaml()), "the reader accepts it");
  }

  @Test
  void theSchemaHasTheFieldsThatAreRead() throws Exception {
    JsonNode schema = JSON.readTree(SpecSchema.text());
    assertFields(SpecReader.FIELDS, schema);
    assertFields(SpecReader.BACKFILL, schema.at("/properties/backfill"));
    assertFields(SpecReader.CUTOVER, schema.at("/properties/cutover"));
    assertFields(SpecReader.EVIDENCE, schema.at("/properties/evidence"));
    assertFields(ScrutinyReader.DEEP_CHECK, schema.at("/$defs/move/properties/deepCheck"));
    assertFields(ScrutinyReader.WINDOW, schema.at("/$defs/move/properties/window"));
    assertFields(GuardReader.FIELDS, schema.at("/properties/guards"));
    assertFields(GuardReader.BOUNDS, schema.at("/$defs/bounds"));
    assertFields(GuardReader.QUERY, schema.at("/$defs/queries/items"));
    List<String> slower = new ArrayList<>(GuardReader.BOUNDS);
    GuardReader.NOT_SLOWER.forEach(signal -> slower.remove(signal.label()));
    assertFields(slower, schema.at("/$defs/throttle"));
    assertFields(InvariantReader.FIELDS, schema.at("/$defs/invariant"));
    assertFields(StatementReader.FIELDS, schema.at("/properties/expand/items/anyOf/1"));
    assertFields(MoveReader.FIELDS, schema.at("/$defs/move"));
    assertFields(CompareReader.FIELDS, schema.at("/$defs/comparison/anyOf/1"));
    JsonNode source = schema.at("/$defs/move/properties/from/anyOf/1");
    assertFields(SourceReader.FIELDS, source);
    assertFields(SourceReader.JOIN_FIELDS, source.at("/properties/join/items/anyOf/1"));
    assertFields(ApprovalReader.FIELDS, schema.at("/$defs/policy"));
    assertFields(
        Stream.of(Gate.values()).map(Gate::label).toList(), schema.at("/properties/approvals"));
  }

  @Test
  void everyPartOfARecordIsAField() {
    assertParts(Spec.class, SpecReader.FIELDS, "kedge");
    assertParts(BackfillSettings.class, SpecReader.BACKFILL);
    assertParts(CutoverSettings.class, SpecReader.CUTOVER);
    assertParts(EvidenceSettings.class, SpecReader.EVIDENCE);
    assertParts(DeepCheck.class, ScrutinyReader.DEEP_CHECK);
    assertParts(RecentRows.class, ScrutinyReader.WINDOW);
    assertParts(Guards.class, GuardReader.FIELDS);
    assertParts(Invariant.class, InvariantReader.FIELDS);
    assertParts(Statement.class, StatementReader.FIELDS);
    assertParts(ApprovalPolicy.class, ApprovalReader.FIELDS);
    List<String> move = new ArrayList<>(MoveReader.FIELDS);
    // Whether reverse was given at all, and what from may hold besides a table.
    move.addAll(List.of("follows", "joins"));
    assertParts(Move.class, move);
    assertParts(Join.class, SourceReader.JOIN_FIELDS);
  }

  @Test
  void theSchemaSpellsFormsAsTheReaderDoes() throws Exception {
    JsonNode schema = JSON.readTree(SpecSchema.text());
    assertEquals(Durations.FORM, schema.at("/$defs/duration/pattern").asText());
    assertEquals(Sizes.FORM, schema.at("/$defs/size/pattern").asText());
    assertEquals("^(?:" + Names.NAME + ")$", schema.at("/$defs/column/pattern").asText());
    assertEquals(
        SpecReader.MIGRATION.pattern(), schema.at("/properties/migration/pattern").asText());
    assertEquals(SpecReader.DATABASE.pattern(), schema.at("/properties/database/pattern").asText());
    assertEquals(
        ApprovalReader.MAX_COUNT, schema.at("/$defs/policy/properties/count/maximum").asInt());
  }

  @Test
  void everyFieldIsDescribedForEditors() throws Exception {
    List<JsonNode> fields = new ArrayList<>();
    collect(JSON.readTree(SpecSchema.text()), fields);
    assertTrue(fields.size() > 25, () -> fields.size() + " fields");
    fields.forEach(field -> assertTrue(field.has("description"), field::toString));
  }

  private static void collect(JsonNode schema, List<JsonNode> fields) {
    schema.path("properties").forEach(fields::add);
    schema.forEach(part -> collect(part, fields));
  }

  private static void assertFields(Collection<String> read, JsonNode schema) {
    Set<String> described = new TreeSet<>();
    schema.get("properties").fieldNames().forEachRemaining(described::add);
    assertEquals(described, new TreeSet<>(read));
    assertFalse(schema.get("additionalProperties").asBoolean(true));
  }

  private static void assertParts(
      Class<? extends Record> type, Collection<String> fields, String... notKept) {
    Set<String> parts = new TreeSet<>(List.of(notKept));
    for (var part : type.getRecordComponents()) {
      parts.add(part.getName());
    }
    assertEquals(parts, new TreeSet<>(fields));
  }

  private static List<com.networknt.schema.Error> faults(String yaml) {
    Object value = new Load(LoadSettings.builder().build()).loadFromString(yaml);
    return SCHEMA.validate(JSON.valueToTree(value));
  }

  private static boolean refused(String yaml) {
    try {
      SpecReader.read("spec.yaml", yaml);
      return false;
    } catch (SpecException e) {
      return true;
    }
  }
}
