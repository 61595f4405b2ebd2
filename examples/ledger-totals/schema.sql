CREATE TABLE accounts (
  id bigint PRIMARY KEY,
  owner text NOT NULL
);

CREATE TABLE payments (
  id bigint PRIMARY KEY,
  account bigint NOT NULL,        -- without a foreign key: the application saw to it
  currency text NOT NULL,
  amount numeric(12, 2) NOT NULL,
  status text NOT NULL,
  paid_at timestamptz NOT NULL
);

INSERT INTO accounts
SELECT n, 'owner ' || n
FROM generate_series(1, 500) AS n;

INSERT INTO payments
SELECT n, 1 + n % 500, (ARRAY['EUR', 'CHF', 'USD'])[1 + n % 3], (n % 10000) / 100.0,
  (ARRAY['open', 'paid', 'paid', 'void'])[1 + n % 4], timestamptz '2024-01-01Z' + n * interval '1 minute'
FROM generate_series(1, 30000) AS n;

-- Of an account that was closed: a payment of nobody.
INSERT INTO payments VALUES (30001, 501, 'EUR', 12.50, 'paid', '2024-05-01Z');

ANALYZE accounts, payments;
