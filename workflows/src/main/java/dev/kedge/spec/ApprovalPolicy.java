package dev.kedge.spec;

import java.util.List;

/**
 * Who may open a gate.
 *
 * @param count how many different people must approve; 0 passes by itself, on clean evidence only
 * @param notStarter whether who started, resumed or retried the migration is excluded
 * @param from the only identities that count; empty for anybody
 */
public record ApprovalPolicy(int count, boolean notStarter, List<String> from) {
  public ApprovalPolicy {
    if (count < 0 || count > 20) {
      throw new IllegalArgumentException("count must be 0 to 20, got " + count);
    }
    from = List.copyOf(from);
  }

  /** What holds at {@code gate} unless the spec says otherwise: nobody for expand, else one. */
  public static ApprovalPolicy defaultOf(Gate gate) {
    return new ApprovalPolicy(gate == Gate.EXPAND ? 0 : 1, true, List.of());
  }
}
