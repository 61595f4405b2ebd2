package dev.kedge.reconcile;

import java.util.Locale;

/** The side the application writes; it is the truth. */
enum Writing {
  OLD,
  NEW;

  static Writing of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
