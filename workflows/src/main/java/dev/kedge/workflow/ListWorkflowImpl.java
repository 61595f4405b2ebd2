package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.RegistryActivities.RegistryEntry;
import java.util.List;

/** Reads the registries. */
public final class ListWorkflowImpl implements ListWorkflow {
  @Override
  public List<RegistryEntry> listMigrations() {
    return ActivityProfiles.listing("list migrations").listMigrations();
  }
}
