CREATE TABLE phones (
  id bigint PRIMARY KEY,
  number text NOT NULL,
  verified boolean NOT NULL DEFAULT false
);

CREATE TABLE mails (
  id bigint PRIMARY KEY,
  address text NOT NULL,
  verified_at timestamptz
);

INSERT INTO phones
SELECT n, '+49 30 ' || 100000 + n, n % 3 = 0 FROM generate_series(1, 100000) AS n;

INSERT INTO mails
SELECT n, 'Person' || n || '@example.com', CASE WHEN n % 2 = 0 THEN now() END
FROM generate_series(50000, 200000) AS n;

ANALYZE phones, mails;
