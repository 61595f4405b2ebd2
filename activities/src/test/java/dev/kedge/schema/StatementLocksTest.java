package dev.kedge.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StatementLocksTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ALTER TABLE users ADD COLUMN h text | public.users AccessExclusiveLock",
        "alter table if exists only \"Sales\".users drop column h | \"Sales\".users AccessExclusiveLock",
        "ALTER TABLE users VALIDATE CONSTRAINT c | public.users ShareUpdateExclusiveLock",
        "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c (d) | public.a ShareRowExclusiveLock, public.c ShareRowExclusiveLock",
        "CREATE TABLE a (b int REFERENCES x.c) | x.c ShareRowExclusiveLock",
        "CREATE TABLE a (b int) | ''",
        "CREATE UNIQUE INDEX i ON users (a) | public.users ShareLock",
        "CREATE INDEX CONCURRENTLY i ON users (a) | public.users ShareUpdateExclusiveLock",
        "CREATE TRIGGER t BEFORE UPDATE ON users EXECUTE FUNCTION f() | public.users ShareRowExclusiveLock",
        "DROP TABLE users | public.users AccessExclusiveLock",
        "DROP TRIGGER t ON users | public.users AccessExclusiveLock",
        "COMMENT ON TABLE users IS 'x' | public.users ShareUpdateExclusiveLock",
        "GRANT SELECT ON users TO x | ''"
      })
  void theLockIsTheOneDocumentedForTheKind(String statement, String locks) {
    assertEquals(locks, String.join(", ", StatementLocks.of(statement)));
  }

  @ParameterizedTest
  @CsvSource({"''", "DROP", "ALTER TABLE", "CREATE INDEX ON"})
  void whatIsCutShortLocksNothing(String statement) {
    assertEquals(List.of(), StatementLocks.of(statement));
  }
}
