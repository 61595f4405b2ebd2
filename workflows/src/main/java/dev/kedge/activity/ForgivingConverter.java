package dev.kedge.activity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import io.temporal.api.common.v1.Payload;
import io.temporal.api.failure.v1.Failure;
import io.temporal.common.converter.DataConverter;
import io.temporal.common.converter.DataConverterException;
import io.temporal.payload.context.SerializationContext;
import java.lang.reflect.Type;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a {@link JsonNode} from anything. A signal whose argument does not convert is dropped by
 * the SDK while its sender sees success; so what is no JSON arrives as {@link #UNREADABLE}, and
 * whoever handles the signal can say so.
 */
final class ForgivingConverter implements DataConverter {
  /** Stands for an argument that is no JSON; JSON itself has no such node. */
  static final JsonNode UNREADABLE = BinaryNode.valueOf(new byte[0]);

  private final DataConverter strict;

  ForgivingConverter(DataConverter strict) {
    this.strict = strict;
  }

  @Override
  public <T> Optional<Payload> toPayload(@Nullable T value) {
    return strict.toPayload(value);
  }

  @Override
  public <T> T fromPayload(Payload payload, Class<T> valueClass, Type valueType) {
    try {
      return strict.fromPayload(payload, valueClass, valueType);
    } catch (DataConverterException unreadable) {
      return unreadable(valueClass, unreadable);
    }
  }

  @Override
  public Optional<io.temporal.api.common.v1.Payloads> toPayloads(@Nullable Object... values) {
    return strict.toPayloads(values);
  }

  @Override
  public <T> T fromPayloads(
      int index,
      Optional<io.temporal.api.common.v1.Payloads> content,
      Class<T> valueType,
      Type valueGenericType) {
    try {
      return strict.fromPayloads(index, content, valueType, valueGenericType);
    } catch (DataConverterException unreadable) {
      return unreadable(valueType, unreadable);
    }
  }

  @Override
  public RuntimeException failureToException(Failure failure) {
    return strict.failureToException(failure);
  }

  @Override
  public Failure exceptionToFailure(Throwable throwable) {
    return strict.exceptionToFailure(throwable);
  }

  @Override
  public DataConverter withContext(SerializationContext context) {
    return new ForgivingConverter(strict.withContext(context));
  }

  private static <T> T unreadable(Class<T> valueClass, DataConverterException exception) {
    if (valueClass == JsonNode.class) {
      return valueClass.cast(UNREADABLE);
    }
    throw exception;
  }
}
