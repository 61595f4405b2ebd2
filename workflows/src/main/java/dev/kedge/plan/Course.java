package dev.kedge.plan;

/**
 * What somebody does for each kind of step; {@link Step#follow} picks the method.
 *
 * @param <R> what a step comes to
 */
public interface Course<R> {
  R applyDdl(Step.ApplyDdl step);

  R awaitGate(Step.AwaitGate step);

  R deferIndexes(Step.DeferIndexes step);

  R installCapture(Step.InstallCapture step);

  R fill(Step.Fill step);

  R restoreIndexes(Step.RestoreIndexes step);

  R compare(Step.Compare step);

  R checkInvariants(Step.CheckInvariants step);

  R flip(Step.Flip step);

  R handOver(Step.HandOver step);

  R hold(Step.Hold step);

  R removeCapture(Step.RemoveCapture step);
}
