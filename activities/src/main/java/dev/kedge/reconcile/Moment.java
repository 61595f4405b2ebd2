package dev.kedge.reconcile;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a snapshot says of the move itself.
 *
 * @param snapshot the snapshot; null when there was none
 * @param files the relations' oids and files: others mean that rows came or went uncaptured
 * @param ours whether these are the tables that capture was installed on
 * @param writing which side is written
 * @param open whether the range, or some range, is not filled yet
 * @param cursor of the open range; null while nothing of it is filled
 * @param applied the snapshots up to which captured keys were applied, of the range or of all
 * @param mark another value means that captured keys were applied since
 */
record Moment(
    @Nullable String snapshot,
    @Nullable String files,
    boolean ours,
    Writing writing,
    boolean open,
    @Nullable List<String> cursor,
    List<String> applied,
    long mark) {
  /** Of what was not seen. */
  static final Moment NONE = new Moment(null, null, false, Writing.OLD, false, null, List.of(), 0);

  Moment {
    applied = List.copyOf(applied);
  }
}
