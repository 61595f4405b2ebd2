CREATE TABLE orders (
  id bigint PRIMARY KEY,
  customer text NOT NULL,
  total numeric(12, 2) NOT NULL,
  placed_at timestamptz NOT NULL,
  street text,
  city text,
  country text,
  -- Pick-ups have no address; whoever has a street has all of it.
  CHECK (street IS NULL OR (city IS NOT NULL AND country IS NOT NULL))
);

INSERT INTO orders
SELECT n, 'customer ' || n % 5000, (n % 10000) / 100.0, now() - n * interval '1 minute',
  CASE WHEN n % 4 > 0 THEN 'Street ' || n % 900 END,
  CASE WHEN n % 4 > 0 THEN 'City ' || n % 90 END,
  CASE WHEN n % 4 > 0 THEN (ARRAY['de', 'fr', 'it'])[1 + n % 3] END
FROM generate_series(1, 300000) AS n;

ANALYZE orders;
