package dev.kedge.plan;

/**
 * Why a spec cannot be carried out on this database.
 *
 * @param code stable, {@code KD2…}
 * @param object what it is about, as people name it
 * @param why what is wrong
 * @param help what to do about it
 */
public record Refusal(String code, String object, String why, String help) {}
