package dev.kedge.bench.measure;

import dev.kedge.console.Problem;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The URL of a server, to which a database's name is put. */
record ServerUrl(String server, String parameters) {
  private static final Pattern FORM =
      Pattern.compile("(postgres(?:ql)?://[^/?]*)(?:/[^?]*)?(\\?.*)?");

  static ServerUrl parse(String url) {
    Matcher form = FORM.matcher(url);
    if (!form.matches()) {
      throw Problem.usage(
          "KD1303",
          "--server is not the URL of a PostgreSQL server",
          "write it as postgresql://user@host:5432");
    }
    return new ServerUrl(form.group(1), form.group(2) == null ? "" : form.group(2));
  }

  String of(String database) {
    return server + "/" + database + parameters;
  }
}
