package dev.kedge.workflow;

import dev.kedge.activity.RegistryActivities.RegistryEntry;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.List;

/** Asks a worker for the registries of its databases: how {@code list} works without visibility. */
@WorkflowInterface
public interface ListWorkflow {
  @WorkflowMethod
  List<RegistryEntry> listMigrations();
}
