CREATE TABLE people (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE addresses (
  person_id bigint PRIMARY KEY,
  street text NOT NULL,
  city text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE bios (
  person_id bigint PRIMARY KEY,
  text text NOT NULL
);

INSERT INTO people (id, name) SELECT n, 'Person ' || n FROM generate_series(1, 100000) AS n;

INSERT INTO addresses (person_id, street, city)
SELECT n, 'Street ' || n % 900, 'City ' || n % 90 FROM generate_series(1, 100000) AS n WHERE n % 10 > 0;

INSERT INTO bios SELECT n, 'I am number ' || n FROM generate_series(1, 100000, 3) AS n;

ANALYZE people, addresses, bios;
