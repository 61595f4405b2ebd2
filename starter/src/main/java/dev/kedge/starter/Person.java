package dev.kedge.starter;

/** Who sits here, as far as this machine knows. */
final class Person {
  private Person() {}

  /** The user's name in the operating system: a claim, no proof. */
  static String here() {
    return System.getProperty("user.name", "unknown");
  }
}
