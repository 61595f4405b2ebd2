package dev.kedge.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PostgresUrlTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "postgresql://h/db | jdbc:postgresql://h/db | {}",
        "postgres://h/db | jdbc:postgresql://h/db | {}",
        "postgresql://u@h:5433/db | jdbc:postgresql://h:5433/db | {user=u}",
        "postgresql://u:p@h/db | jdbc:postgresql://h/db | {password=p, user=u}",
        "postgresql://u@h1:5432,h2/db | jdbc:postgresql://h1:5432,h2/db | {user=u}",
        "postgresql:///db | jdbc:postgresql:///db | {}",
        "postgresql://h | jdbc:postgresql://h/ | {}",
        "postgresql://[::1]:5433/db | jdbc:postgresql://[::1]:5433/db | {}",
        "postgresql://a%40b:p%3A%2F%25@h/my%20db | jdbc:postgresql://h/my+db | {password=p:/%, user=a@b}",
        "postgresql://u:a+b@h/db | jdbc:postgresql://h/db | {password=a+b, user=u}",
        "postgresql://u:a@b@h/db | jdbc:postgresql://h/db | {password=a@b, user=u}",
        "postgresql://h/db?sslmode=verify-full&sslrootcert=/a%20b | jdbc:postgresql://h/db | {sslmode=verify-full, sslrootcert=/a b}",
        "postgresql:///db?host=h&port=5&user=u | jdbc:postgresql://h:5/db | {user=u}",
        "postgresql://h1,h2/db?target_session_attrs=read-write | jdbc:postgresql://h1,h2/db | {targetServerType=primary}",
        "postgresql://h/db?connect_timeout=3&application_name=x | jdbc:postgresql://h/db | {connectTimeout=3}",
        "postgresql://?service=app | jdbc:postgresql://?service=app | {}",
        "postgresql:///?service=app | jdbc:postgresql://?service=app | {}",
        "postgresql://h/db?options=-c%20work_mem%3D1MB | jdbc:postgresql://h/db | {options=-c work_mem=1MB}",
        "jdbc:postgresql://h:1/db?user=u&password=s%26x&ssl=true | jdbc:postgresql://h:1/db | {password=s&x, ssl=true, user=u}",
        "jdbc:postgresql://h/db | jdbc:postgresql://h/db | {}",
      })
  void whatLibpqMeansIsWhatTheDriverGets(String text, String jdbc, String driver) {
    PostgresUrl url = PostgresUrl.parse(text);
    assertEquals(jdbc, url.jdbc());
    assertEquals(driver, new TreeMap<>(Map.copyOf(url.driver())).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "s3cret@h/db",
        "mysql://u:s3cret@h/db",
        "postgresql://u:s3cret@h:port/db",
        "postgresql://u:s3cret@h:99999/db",
        "postgresql://u:s3cret%zz@h/db",
        "postgresql://u:s3cret%4",
        "postgresql://u:s3cret@h/db?sslfish=1",
        "postgresql://u:s3cret@h/db?password",
        "postgresql://u:s3cret@%2Fvar%2Frun/db",
        "postgresql://u:s3cret@h h/db",
        "postgresql://u:s3cret@h/db?target_session_attrs=any-s3cret",
        "jdbc:postgresql://u:s3cret@h/db",
      })
  void whatCannotBeReadIsRefusedWithoutBeingRepeated(String text) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> PostgresUrl.parse(text));
    assertFalse(refused.getMessage().contains("s3cret"), refused.getMessage());
  }

  @Test
  void printingItShowsNoSecret() {
    assertEquals(
        "jdbc:postgresql://h/db", PostgresUrl.parse("postgresql://u:s3cret@h/db").toString());
    assertFalse(
        DatabaseConfig.of("app", "postgresql://u:s3cret@h/db").toString().contains("s3cret"));
  }
}
