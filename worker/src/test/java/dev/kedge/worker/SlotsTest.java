package dev.kedge.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SlotsTest {
  private static final Set<Role> ALL = EnumSet.allOf(Role.class);

  @ParameterizedTest
  @ValueSource(ints = {6, 7, 8, 16, 20, 64, 1000})
  void noSlotIsWithoutAConnection(int pool) {
    Slots slots = Slots.of(ALL, pool);
    assertEquals(pool, slots.ddl() + slots.backfill());
  }

  @Test
  void aRoleOfItsOwnHasTheWholePool() {
    assertEquals(new Slots(0, 8), Slots.of(EnumSet.of(Role.BACKFILL), 8));
    assertEquals(new Slots(8, 0), Slots.of(EnumSet.of(Role.DDL), 8));
    assertEquals(new Slots(0, 0), Slots.of(EnumSet.of(Role.WORKFLOW), 8));
  }

  @Test
  void aPoolThatIsTooSmallIsRefused() {
    Problem problem = assertThrows(Problem.class, () -> Slots.of(ALL, 5));
    assertEquals(ExitCode.USAGE, problem.exit());
  }
}
