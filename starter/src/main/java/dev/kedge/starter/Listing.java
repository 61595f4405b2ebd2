package dev.kedge.starter;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.kedge.activity.RegistryActivities.RegistryEntry;
import dev.kedge.console.Problem;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.client.WorkflowExecutionMetadata;
import io.temporal.client.WorkflowServiceException;
import io.temporal.common.SearchAttributeKey;
import io.temporal.common.SearchAttributes;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All migrations anybody knows of. The registries are asked through a worker and know most;
 * Temporal's visibility, where there is one, adds what no worker that answers knows.
 */
final class Listing {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Type ENTRIES = new TypeReference<List<RegistryEntry>>() {}.getType();
  private static final String QUERY = "WorkflowType = 'MigrationWorkflow'";
  private static final String PREFIX = "migration.";
  private static final int MOST = 1_000;

  private final Session session;
  private @Nullable String remark;

  Listing(Session session) {
    this.session = session;
  }

  /** Newest first within each source. Fails when neither source answers. */
  List<ListedMigration> all() {
    Optional<List<ListedMigration>> visible = visible();
    List<ListedMigration> all = new ArrayList<>(registered(visible.isPresent()));
    Set<String> known = all.stream().map(ListedMigration::migration).collect(Collectors.toSet());
    visible.orElse(List.of()).stream()
        .filter(each -> !known.contains(each.migration()))
        .forEach(all::add);
    return all;
  }

  /** What the reader should know of how complete the list is. */
  Optional<String> remark() {
    return Optional.ofNullable(remark);
  }

  @SuppressWarnings("unchecked")
  private List<ListedMigration> registered(boolean optional) {
    try {
      List<RegistryEntry> entries =
          (List<RegistryEntry>)
              session.errand("list", "registry").ask("ListWorkflow", LIMIT, List.class, ENTRIES);
      return entries.stream().map(Listing::of).toList();
    } catch (Problem problem) {
      if (!optional) {
        throw problem;
      }
      remark = "only what Temporal knows is listed: " + problem.getMessage();
      return List.of();
    }
  }

  private static ListedMigration of(RegistryEntry entry) {
    return new ListedMigration(
        entry.migration(),
        entry.owner(),
        entry.database(),
        entry.phase().label(),
        entry.state(),
        entry.reason(),
        entry.startedAt(),
        entry.updatedAt());
  }

  private Optional<List<ListedMigration>> visible() {
    try {
      return Optional.of(
          session.client().listExecutions(QUERY).limit(MOST).map(Listing::of).toList());
    } catch (StatusRuntimeException e) {
      return absent(e);
    } catch (WorkflowServiceException e) {
      if (e.getCause() instanceof StatusRuntimeException status) {
        return absent(status);
      }
      throw e;
    }
  }

  private static Optional<List<ListedMigration>> absent(StatusRuntimeException error) {
    if (error.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
      return Optional.empty();
    }
    throw error;
  }

  private static ListedMigration of(WorkflowExecutionMetadata execution) {
    SearchAttributes attributes = execution.getTypedSearchAttributes();
    Instant closed = execution.getCloseTime();
    return new ListedMigration(
        execution.getExecution().getWorkflowId().replaceFirst("^" + PREFIX, ""),
        attributes.get(SearchAttributeKey.forKeyword("KedgeOwner")),
        null,
        attributes.get(SearchAttributeKey.forKeyword("KedgePhase")),
        Optional.ofNullable(attributes.get(SearchAttributeKey.forKeyword("KedgeState")))
            .orElse(state(execution.getStatus())),
        null,
        execution.getStartTime().toString(),
        closed == null ? null : closed.toString());
  }

  private static String state(WorkflowExecutionStatus status) {
    return status.name().replace("WORKFLOW_EXECUTION_STATUS_", "").toLowerCase(Locale.ROOT);
  }
}
