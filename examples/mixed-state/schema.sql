-- Payments as years have left them: two applications have written them, for a while side by side.
CREATE TABLE payments (
  id bigint PRIMARY KEY,
  amount text,                    -- the old application's: '12,50'
  cents bigint,                   -- the new one's; NULL in rows from before it existed
  currency text,                  -- likewise
  paid_at timestamptz NOT NULL
);

-- By the old application: no cents, no currency.
INSERT INTO payments
SELECT n, (n / 100) || ',' || lpad((n % 100)::text, 2, '0'), NULL, NULL, timestamptz '2020-01-01Z' + n * interval '1 hour'
FROM generate_series(1, 10000) AS n;

-- By the new one: no amount.
INSERT INTO payments
SELECT n, NULL, n * 7, (ARRAY['EUR', 'CHF'])[1 + n % 2], timestamptz '2024-01-01Z' + n * interval '1 hour'
FROM generate_series(10001, 20000) AS n;

-- By both: the new one kept the old one's column for a year.
INSERT INTO payments
SELECT n, (n / 100) || ',' || lpad((n % 100)::text, 2, '0'), n, 'EUR', timestamptz '2023-01-01Z' + n * interval '1 minute'
FROM generate_series(20001, 30000) AS n;

-- And what nobody meant to be there.
INSERT INTO payments VALUES
  (30001, '12,50', 1205, 'EUR', '2023-05-01Z'),   -- the two do not agree
  (30002, NULL, NULL, 'EUR', '2024-05-01Z'),      -- neither is there
  (30003, 'n/a', NULL, NULL, '2021-05-01Z'),      -- no number
  (30004, NULL, -500, 'EUR', '2024-05-02Z'),      -- below zero
  (30005, NULL, 500, 'EURO', '2024-05-03Z'),      -- no currency
  (30006, NULL, 500, 'eur', '2024-05-04Z');       -- not as currencies are written

ANALYZE payments;
