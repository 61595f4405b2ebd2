package dev.kedge.embedded.e2e;

/** A row as the application thinks of it, whatever the shape of the table. */
record Order(int customer, long cents, String note) {}
