package dev.kedge.embedded.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The account PostgreSQL's programs run under, since they refuse to run as root.
 *
 * @param prefix command line that changes to the account; empty when it is our own
 * @param owner {@code uid:gid} that must own the server's files, as seen from outside
 * @param changed whether {@code owner} is another user than ours, who may reach less than we do
 */
record Account(List<String> prefix, String owner, boolean changed) {

  /** Names the account to use when this process is root and user namespaces are refused. */
  static final String USER_VARIABLE = "KEDGE_POSTGRES_USER";

  Account {
    prefix = List.copyOf(prefix);
  }

  /** Our own account, or for root the first of several ways to be somebody else that works. */
  static Account find() {
    String uid = id("-u");
    String owner = uid + ":" + id("-g");
    if (!uid.equals("0")) {
      return new Account(List.of(), owner, false);
    }
    // In a new user namespace root is nobody inside and still owns its files outside. Docker's
    // default seccomp profile is one place that refuses it.
    Account namespace = new Account(List.of("unshare", "-U"), owner, false);
    return namespace.works() ? namespace : unprivileged(configuredUser());
  }

  private static Account unprivileged(String user) {
    Command.Result uid = Command.run(List.of("id", "-u", user));
    Command.Result gid = Command.run(List.of("id", "-g", user));
    if (uid.succeeded() && gid.succeeded() && !uid.output().equals("0")) {
      String owner = uid.output() + ":" + gid.output();
      for (List<String> prefix : waysToBecome(user, uid.output(), gid.output())) {
        Account account = new Account(prefix, owner, true);
        if (account.works()) {
          return account;
        }
      }
    }
    throw new EmbeddedPostgresException(
        ("PostgreSQL does not run as root, and neither `unshare -U` nor `setpriv`, `runuser` or"
                + " `su-exec` to user '%s' works here. Run this program as an ordinary user, or"
                + " name an existing unprivileged user in %s.")
            .formatted(user, USER_VARIABLE));
  }

  private static List<List<String>> waysToBecome(String user, String uid, String gid) {
    return List.of(
        List.of("setpriv", "--reuid=" + uid, "--regid=" + gid, "--clear-groups", "--"),
        List.of("runuser", "-u", user, "--"),
        List.of("su-exec", uid + ":" + gid));
  }

  private boolean works() {
    return Command.run(wrap(List.of("true"))).succeeded();
  }

  private static String configuredUser() {
    String user = System.getenv(USER_VARIABLE);
    return user == null || user.isBlank() ? "nobody" : user;
  }

  private static String id(String what) {
    Command.Result result = Command.run(List.of("id", what));
    if (!result.succeeded()) {
      throw new EmbeddedPostgresException(
          "the embedded PostgreSQL runs on Linux and macOS only; `id` failed: " + result.output());
    }
    return result.output();
  }

  List<String> wrap(List<String> command) {
    List<String> wrapped = new ArrayList<>(prefix);
    wrapped.addAll(command);
    return wrapped;
  }

  /** Whether the account can enter the directory, which another user's home may not allow. */
  boolean reaches(Path directory) {
    return prefix.isEmpty()
        || Command.run(wrap(List.of("test", "-x", directory.toString()))).succeeded();
  }

  boolean owns(Path path) {
    return owner.equals(ownerOf(path));
  }

  /** Hands over what root made; what belongs to somebody else is left to him. */
  void own(Path path) {
    String present = ownerOf(path);
    if (prefix.isEmpty() || owner.equals(present)) {
      return;
    }
    if (!present.startsWith("0:")) {
      throw new EmbeddedPostgresException(
          "%s belongs to user %s: run this program as that user, or choose another directory"
              .formatted(path, present.substring(0, present.indexOf(':'))));
    }
    Command.Result result = Command.run(List.of("chown", "-R", owner, path.toString()));
    if (!result.succeeded()) {
      throw new EmbeddedPostgresException(
          "cannot give " + path + " to user " + owner + ": " + result.output());
    }
  }

  private static String ownerOf(Path path) {
    try {
      return Files.getAttribute(path, "unix:uid") + ":" + Files.getAttribute(path, "unix:gid");
    } catch (IOException e) {
      throw new EmbeddedPostgresException("cannot see who owns " + path + ": " + e, e);
    }
  }
}
