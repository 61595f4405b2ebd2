package dev.kedge.throttle;

/** The statements on the controller's row, and on what it remembers. */
final class ThrottleSql {
  static final String GUARDS =
      "SELECT coalesce(plan::jsonb #>> '{spec,guards}', '') AS guards FROM kedge.migration WHERE id = ?";

  static final String LOOK =
      """
      SELECT m.epoch = ? AND m.open AND m.ended_at IS NULL AS current,
        coalesce(m.max_rate, 0) AS max_rate,
        coalesce(t.epoch = m.epoch
          AND t.checked_at > clock_timestamp() - interval '10 seconds', false) AS known,
        coalesce(t.epoch = m.epoch AND t.checked_at > clock_timestamp() - interval '1 second', false)
          OR coalesce(t.claimed_at > clock_timestamp() - interval '8 seconds', false) AS fresh,
        coalesce(t.budget, 0) AS budget,
        CASE WHEN t.epoch = m.epoch THEN t.trip END AS trip,
        t.trip_guard
      FROM kedge.migration m
      LEFT JOIN kedge.throttle t ON t.migration = m.id
      WHERE m.id = ?""";

  // FOR SHARE: a bump of the epoch waits for it, and after a bump there is nothing to write.
  private static final String CURRENT =
      """
      WITH current AS (
        SELECT id, epoch, lanes, max_rate
        FROM kedge.migration
        WHERE id = ? AND epoch = ? AND open AND ended_at IS NULL
        FOR SHARE SKIP LOCKED
      )""";

  static final String MAKE =
      CURRENT
          + """

          INSERT INTO kedge.throttle (migration, epoch)
          SELECT id, epoch
          FROM current
          ON CONFLICT (migration) DO NOTHING""";

  // A claim by whom a reading never came counts no more after eight seconds.
  static final String CLAIM =
      CURRENT
          + """
          ,
          due AS (
            SELECT t.migration
            FROM kedge.throttle t
            JOIN current c ON c.id = t.migration
            WHERE (t.epoch <> c.epoch OR t.checked_at IS NULL
                OR t.checked_at <= clock_timestamp() - interval '1 second')
              AND NOT (t.epoch = c.epoch AND t.trip IS NOT NULL)
              AND (t.claimed_at IS NULL OR t.claimed_at < clock_timestamp() - interval '8 seconds')
            FOR UPDATE OF t SKIP LOCKED
          )
          UPDATE kedge.throttle t
          SET claimed_by = ?, claimed_at = clock_timestamp()
          FROM due, current c
          WHERE t.migration = due.migration
          RETURNING t.epoch = c.epoch AS same_epoch, t.budget, t.cause, t.memory,
            coalesce(c.lanes, 0) AS lanes,
            (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now""";

  static final String STORE =
      CURRENT
          + """

          UPDATE kedge.throttle t
          SET epoch = c.epoch, budget = ?, cause = ?, readings = ?, memory = ?, trip = ?,
            trip_guard = ?, checked_at = t.claimed_at, claimed_by = NULL, claimed_at = NULL
          FROM current c
          WHERE t.migration = c.id AND t.claimed_by = ?""";

  static final String OBSERVE =
      CURRENT
          + """

          INSERT INTO kedge.observation (migration, words)
          SELECT id, ?
          FROM current""";

  static final String TRIM =
      CURRENT
          + """

          DELETE FROM kedge.observation o
          USING current c
          WHERE o.migration = c.id AND o.n <= (
            SELECT n FROM kedge.observation WHERE migration = c.id
            ORDER BY n DESC OFFSET 500 LIMIT 1)""";

  // All lanes of all workers queue up here: each row written moves the time of the next chunk.
  static final String CHARGE =
      """
      WITH current AS (
        SELECT id, epoch, max_rate
        FROM kedge.migration
        WHERE id = ? AND epoch = ? AND open AND ended_at IS NULL AND max_rate > 0
        FOR SHARE
      )
      INSERT INTO kedge.throttle AS t (migration, epoch, rate, rate_at)
      SELECT id, epoch, max_rate, clock_timestamp() + ? * interval '1 second' / max_rate
      FROM current
      ON CONFLICT (migration) DO UPDATE
      SET rate = excluded.rate,
        rate_at = excluded.rate_at + CASE
          WHEN t.rate = excluded.rate
          THEN greatest(t.rate_at - clock_timestamp(), interval '0')
          ELSE interval '0'
        END
      RETURNING (extract(epoch FROM rate_at - clock_timestamp()) * 1000)::bigint AS wait_millis""";

  static final String REPORT =
      """
      SELECT t.readings, t.cause, to_json(t.checked_at) #>> '{}' AS checked_at,
        t.epoch = m.epoch AS current,
        t.checked_at > clock_timestamp() - interval '10 seconds' AS known,
        m.open
      FROM kedge.migration m
      JOIN kedge.throttle t ON t.migration = m.id
      WHERE m.id = ?""";

  static final String OBSERVATIONS =
      """
      SELECT to_json(l.at) #>> '{}' AS at, l.words
      FROM (
        SELECT n, at, words
        FROM kedge.observation
        WHERE migration = ?
        ORDER BY n DESC
        LIMIT 10
      ) l
      ORDER BY l.n""";

  private ThrottleSql() {}
}
