package dev.kedge.worker;

import dev.kedge.console.TemporalConnection;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.api.operatorservice.v1.AddSearchAttributesRequest;
import io.temporal.api.operatorservice.v1.ListSearchAttributesRequest;
import io.temporal.serviceclient.OperatorServiceStubs;
import io.temporal.serviceclient.OperatorServiceStubsOptions;
import java.util.ArrayList;
import java.util.List;

/** The search attributes by which people find migrations in lists. */
final class SearchAttributes {
  private static final List<String> NAMES = List.of("KedgePhase", "KedgeState", "KedgeOwner");

  private final TemporalConnection connection;

  SearchAttributes(TemporalConnection connection) {
    this.connection = connection;
  }

  /** Makes those that are missing; returns whether any was. */
  boolean ensure() {
    // Shares the channel: what opened it, with its TLS and token, closes it.
    OperatorServiceStubs operator =
        OperatorServiceStubs.newServiceStubs(
            OperatorServiceStubsOptions.newBuilder()
                .setChannel(connection.stubs().getRawChannel())
                .validateAndBuildWithDefaults());
    boolean made = false;
    for (String name : missing(operator)) {
      made |= add(operator, name);
    }
    return made;
  }

  private List<String> missing(OperatorServiceStubs operator) {
    List<String> missing = new ArrayList<>(NAMES);
    try {
      missing.removeAll(
          operator
              .blockingStub()
              .listSearchAttributes(
                  ListSearchAttributesRequest.newBuilder()
                      .setNamespace(connection.namespace())
                      .build())
              .getCustomAttributesMap()
              .keySet());
    } catch (StatusRuntimeException e) {
      // The embedded service can add, but not list.
      if (e.getStatus().getCode() != Status.Code.UNIMPLEMENTED) {
        throw e;
      }
    }
    return missing;
  }

  private boolean add(OperatorServiceStubs operator, String name) {
    try {
      operator
          .blockingStub()
          .addSearchAttributes(
              AddSearchAttributesRequest.newBuilder()
                  .setNamespace(connection.namespace())
                  .putSearchAttributes(name, IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)
                  .build());
      return true;
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.ALREADY_EXISTS) {
        return false;
      }
      throw e;
    }
  }
}
