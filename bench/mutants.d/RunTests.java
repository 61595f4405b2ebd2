import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs tests given as {@code package.Class#method} and prints a line for each. Exit code 0 when all
 * passed, 1 when one failed, 2 when one did not run at all. A test that hangs fails after 40 s.
 */
final class RunTests {
  private RunTests() {}

  public static void main(String[] names) throws Exception {
    List<DiscoverySelector> selectors = new ArrayList<>();
    for (String name : names) {
      selectors.add(selector(name));
    }
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectors)
            .configurationParameter("junit.jupiter.execution.timeout.default", "40 s")
            .configurationParameter(
                "junit.jupiter.execution.timeout.thread.mode.default", "SEPARATE_THREAD")
            .build();
    Results results = new Results();
    LauncherFactory.create().execute(request, results);
    System.out.flush();
    Runtime.getRuntime().halt(results.failed > 0 ? 1 : results.ran < names.length ? 2 : 0);
  }

  private static DiscoverySelector selector(String name) throws ClassNotFoundException {
    int hash = name.indexOf('#');
    Class<?> type = Class.forName(name.substring(0, hash));
    Method method =
        Arrays.stream(type.getDeclaredMethods())
            .filter(each -> each.getName().equals(name.substring(hash + 1)))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no test " + name));
    return selectMethod(type, method);
  }

  private static final class Results implements TestExecutionListener {
    private int ran;
    private int failed;

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      boolean passed = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
      if (test.isTest()) {
        ran++;
      }
      if (!passed) {
        failed++;
        String why =
            result.getThrowable().map(each -> String.valueOf(each).lines().findFirst().orElse("")).orElse("");
        System.out.println("    " + test.getDisplayName() + ": " + why);
      }
    }
  }
}
