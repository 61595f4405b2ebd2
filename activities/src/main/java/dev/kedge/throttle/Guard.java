package dev.kedge.throttle;

/** What is done at a bound. */
enum Guard {
  THROTTLE("throttle"),
  PAUSE("pause"),
  ABORT("abort");

  private final String label;

  Guard(String label) {
    this.label = label;
  }

  /** The name in specs. */
  String label() {
    return label;
  }
}
