-- What the control schema holds, version 1. Every statement may be run again.
-- Every table has a primary key: a publication that carries one must not stop its subscriber.

-- The registry: one row a migration, unfinished while ended_at is null. The epoch fences all writes.
CREATE TABLE IF NOT EXISTS kedge.migration (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  owner text,
  database text NOT NULL,
  workflow_id text NOT NULL,
  run_id text NOT NULL,
  started_by text NOT NULL,
  plan_hash text NOT NULL,
  plan text NOT NULL,
  epoch bigint NOT NULL DEFAULT 1,
  open boolean NOT NULL DEFAULT true,
  phase text NOT NULL DEFAULT 'plan',
  state text NOT NULL DEFAULT 'running',
  reason text,
  lanes int,
  chunk_millis bigint,
  system_identifier text NOT NULL,
  timeline int NOT NULL,
  deadlocks bigint NOT NULL DEFAULT 0,
  serialization_failures bigint NOT NULL DEFAULT 0,
  longest_wait_millis bigint,
  started_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz
);
CREATE UNIQUE INDEX IF NOT EXISTS migration_unfinished ON kedge.migration (name) WHERE ended_at IS NULL;

-- Rows a second of all lanes together, 0 or null for no bound; and how often a lane or tail did not get a
-- lock in time.
ALTER TABLE kedge.migration ADD COLUMN IF NOT EXISTS max_rate bigint;
ALTER TABLE kedge.migration ADD COLUMN IF NOT EXISTS lock_timeouts bigint NOT NULL DEFAULT 0;

-- Tables that an unfinished migration owns; two migrations never share one.
CREATE TABLE IF NOT EXISTS kedge.owned (
  schema_name text NOT NULL,
  table_name text NOT NULL,
  migration bigint NOT NULL REFERENCES kedge.migration,
  PRIMARY KEY (schema_name, table_name)
);

-- The fence and the mark of every step without a range: DDL, capture, handover, removal.
CREATE TABLE IF NOT EXISTS kedge.step (
  migration bigint NOT NULL REFERENCES kedge.migration,
  step text NOT NULL,
  epoch bigint NOT NULL,
  turn bigint NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'undone')),
  detail text,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (migration, step)
);

-- One row a move: what was installed, which side is written, and what is asked of the tail.
CREATE TABLE IF NOT EXISTS kedge.move (
  migration bigint NOT NULL REFERENCES kedge.migration,
  move int NOT NULL,
  source_oid oid,
  target_oid oid,
  writing text NOT NULL DEFAULT 'old' CHECK (writing IN ('old', 'new')),
  wanted text CHECK (wanted IN ('old', 'new')),
  wanted_epoch bigint,
  capture text,
  deferred text,
  handover text,
  blocked text,
  rows_total bigint,
  rows_done bigint,
  chunk_rows bigint,
  sampled_rows bigint,
  sampled_at timestamptz,
  rows_per_second double precision,
  started_at timestamptz,
  filled_at timestamptz,
  PRIMARY KEY (migration, move)
);

-- The time of the latest chunk, and the best and the worst rate of late.
ALTER TABLE kedge.move
  ADD COLUMN IF NOT EXISTS chunk_millis bigint,
  ADD COLUMN IF NOT EXISTS rate_best double precision,
  ADD COLUMN IF NOT EXISTS rate_worst double precision;

-- In place: the rows that were filled when the table was vacuumed last.
ALTER TABLE kedge.move ADD COLUMN IF NOT EXISTS vacuumed bigint NOT NULL DEFAULT 0;

-- Of a merge by join: the tables that are joined to the source, in the order of the plan.
ALTER TABLE kedge.move ADD COLUMN IF NOT EXISTS joined_oids oid[] NOT NULL DEFAULT '{}';

-- How the target follows until writes: trailing, flipped when triggers write it in the application's
-- own transactions, settled when nobody is left who began before. flip_epoch is set while that is asked
-- for; overtaken counts what was written beside the triggers since.
ALTER TABLE kedge.move
  ADD COLUMN IF NOT EXISTS following text NOT NULL DEFAULT 'trailing'
    CHECK (following IN ('trailing', 'flipped', 'settled')),
  ADD COLUMN IF NOT EXISTS flip_epoch bigint,
  ADD COLUMN IF NOT EXISTS flip text,
  ADD COLUMN IF NOT EXISTS overtaken bigint NOT NULL DEFAULT 0;

-- The tail of a copy: follows the writing side over every range it took over.
CREATE TABLE IF NOT EXISTS kedge.tail (
  migration bigint NOT NULL,
  move int NOT NULL,
  epoch bigint NOT NULL,
  turn bigint NOT NULL DEFAULT 0,
  applied pg_snapshot,
  rounds bigint NOT NULL DEFAULT 0,
  keys bigint NOT NULL DEFAULT 0,
  round_millis bigint,
  at timestamptz,
  PRIMARY KEY (migration, move),
  FOREIGN KEY (migration, move) REFERENCES kedge.move
);

-- The longest round so far: how long TRUNCATE and DDL of the tables may have waited.
ALTER TABLE kedge.tail
  ADD COLUMN IF NOT EXISTS longest_millis bigint,
  ADD COLUMN IF NOT EXISTS longest_keys bigint,
  ADD COLUMN IF NOT EXISTS longest_at timestamptz;

-- Ranges (lo, hi] tile the key space; null lo is before every key, null hi after every key.
-- "filled" means its cursor is hi, even when hi is null. Keys are text, one element a column.
CREATE TABLE IF NOT EXISTS kedge.range (
  migration bigint NOT NULL,
  move int NOT NULL,
  range int NOT NULL,
  lo text[],
  hi text[],
  cursor text[],
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'filled', 'tail')),
  pass int NOT NULL DEFAULT 1,
  epoch bigint NOT NULL,
  turn bigint NOT NULL DEFAULT 0,
  applied pg_snapshot,
  rows bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (migration, move, range),
  FOREIGN KEY (migration, move) REFERENCES kedge.move
) WITH (fillfactor = 50);

-- Who works on a range, until when by the database's clock; apart from the fence rows.
CREATE TABLE IF NOT EXISTS kedge.lease (
  migration bigint NOT NULL,
  move int NOT NULL,
  range int NOT NULL,
  owner text,
  expires timestamptz,
  PRIMARY KEY (migration, move, range),
  FOREIGN KEY (migration, move, range) REFERENCES kedge.range ON DELETE CASCADE
) WITH (fillfactor = 50);

-- A compare's position, a row a range. The rows of one run are one compare of the whole move; since
-- is the snapshot of the range's first chunk, and files are the relations that were read.
CREATE TABLE IF NOT EXISTS kedge.comparison (
  migration bigint NOT NULL,
  move int NOT NULL,
  range int NOT NULL,
  run text NOT NULL,
  writing text NOT NULL,
  lo text[],
  hi text[],
  cursor text[],
  finished boolean NOT NULL DEFAULT false,
  since pg_snapshot,
  files text,
  reason text,
  compared bigint NOT NULL DEFAULT 0,
  missing bigint NOT NULL DEFAULT 0,
  extra bigint NOT NULL DEFAULT 0,
  different bigint NOT NULL DEFAULT 0,
  not_comparable bigint NOT NULL DEFAULT 0,
  explained bigint NOT NULL DEFAULT 0,
  unlisted bigint NOT NULL DEFAULT 0,
  agrees_forward bigint NOT NULL DEFAULT 0,
  agrees_reverse bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (migration, move, range)
);

-- Keys that differed and were explained by the log; compared again until they are equal or real.
CREATE TABLE IF NOT EXISTS kedge.suspect (
  migration bigint NOT NULL,
  move int NOT NULL,
  key text[] NOT NULL,
  PRIMARY KEY (migration, move, key)
);

-- Real differences, by key; never a value. Open while closed_at is null.
CREATE TABLE IF NOT EXISTS kedge.finding (
  migration bigint NOT NULL REFERENCES kedge.migration,
  move int NOT NULL,
  key text[] NOT NULL,
  kind text NOT NULL CHECK (kind IN ('missing', 'extra', 'different', 'notComparable')),
  times int NOT NULL DEFAULT 1,
  repaired boolean NOT NULL DEFAULT false,
  found_at timestamptz NOT NULL DEFAULT now(),
  closed_at timestamptz,
  PRIMARY KEY (migration, move, key)
);

-- Keys of a synchronous move that neither its triggers nor its tail could bring over, and why; tried
-- again from time to time. Each is a finding, too.
CREATE TABLE IF NOT EXISTS kedge.straggler (
  migration bigint NOT NULL REFERENCES kedge.migration,
  move int NOT NULL,
  key text[] NOT NULL,
  sqlstate text NOT NULL,
  times int NOT NULL DEFAULT 1,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (migration, move, key)
);

-- What gates showed when they opened.
CREATE TABLE IF NOT EXISTS kedge.evidence (
  migration bigint NOT NULL REFERENCES kedge.migration,
  number int NOT NULL,
  gate text NOT NULL,
  clean boolean NOT NULL,
  hash text NOT NULL,
  content text NOT NULL,
  sealed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (migration, number)
);

-- Who decided what.
CREATE TABLE IF NOT EXISTS kedge.approval (
  migration bigint NOT NULL REFERENCES kedge.migration,
  request_id text NOT NULL,
  gate text NOT NULL,
  decided_by text NOT NULL,
  approve boolean NOT NULL,
  comment text,
  verdict text NOT NULL,
  evidence_hash text,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (migration, request_id)
);

-- Rows that were kept before their table or column was dropped, and how to bring them back.
CREATE TABLE IF NOT EXISTS kedge.archive (
  migration bigint NOT NULL REFERENCES kedge.migration,
  name text NOT NULL,
  of_table text NOT NULL,
  rows bigint NOT NULL,
  restore text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (migration, name)
);

-- Partitioned sides of a copy. tree is what pg_inherits says of both sides, members its tables, bounds
-- the partition constraint of each leaf, pending what came, went or was emptied and whose keys are
-- not all in the log yet. Null for plain tables.
ALTER TABLE kedge.move ADD COLUMN IF NOT EXISTS tree text;
ALTER TABLE kedge.move ADD COLUMN IF NOT EXISTS members text;
ALTER TABLE kedge.move ADD COLUMN IF NOT EXISTS bounds text;
ALTER TABLE kedge.move ADD COLUMN IF NOT EXISTS pending text;

-- Partitions that were emptied; the tail turns each into keys in the log.
CREATE TABLE IF NOT EXISTS kedge.emptied (
  migration bigint NOT NULL,
  move int NOT NULL,
  n bigint GENERATED ALWAYS AS IDENTITY,
  side text NOT NULL CHECK (side IN ('old', 'new')),
  leaf oid NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (migration, move, n)
);

-- Rows a second of all lanes together; null or 0 for no bound.
ALTER TABLE kedge.migration ADD COLUMN IF NOT EXISTS max_rate bigint;

-- The one controller of all workers: how many lanes may work, by the latest readings of the guards'
-- signals. What is older than ten seconds, or of another epoch, counts as nothing. The trip is a bound
-- that ends the epoch's work. rate_at is when the next chunk may be written under max_rate.
CREATE TABLE IF NOT EXISTS kedge.throttle (
  migration bigint PRIMARY KEY REFERENCES kedge.migration,
  epoch bigint NOT NULL,
  budget double precision NOT NULL DEFAULT 0,
  cause text,
  readings text NOT NULL DEFAULT '[]',
  memory text NOT NULL DEFAULT '{}',
  trip text,
  trip_guard text CHECK (trip_guard IN ('pause', 'abort')),
  checked_at timestamptz,
  claimed_by text,
  claimed_at timestamptz,
  rate bigint,
  rate_at timestamptz
) WITH (fillfactor = 50);

-- What was slowed down, stopped or released when; the latest ones.
CREATE TABLE IF NOT EXISTS kedge.observation (
  migration bigint NOT NULL REFERENCES kedge.migration,
  n bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  words text NOT NULL,
  PRIMARY KEY (migration, n)
);

-- Rows that cannot be taken over and were passed over, as the spec says: by key, with the reason in words
-- that hold no value. Tried again until they can be, or the migration ends; each is a difference.
CREATE TABLE IF NOT EXISTS kedge.quarantine (
  migration bigint NOT NULL REFERENCES kedge.migration,
  move int NOT NULL,
  key text[] NOT NULL,
  sqlstate text NOT NULL,
  words text NOT NULL,
  times int NOT NULL DEFAULT 1,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (migration, move, key)
);

-- What a compare stands on: the snapshot and the time of a range's first chunk, how many rows the other
-- side had, and the sum of the digests of the truth's rows.
ALTER TABLE kedge.comparison
  ADD COLUMN IF NOT EXISTS snapshot pg_snapshot,
  ADD COLUMN IF NOT EXISTS compared_at timestamptz,
  ADD COLUMN IF NOT EXISTS following bigint NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS digest numeric NOT NULL DEFAULT 0;

-- What each round of a compare came to: how many findings it brought, and how many were open after it. The
-- latest ones.
CREATE TABLE IF NOT EXISTS kedge.round (
  migration bigint NOT NULL REFERENCES kedge.migration,
  move int NOT NULL,
  n bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  epoch bigint NOT NULL,
  found bigint NOT NULL,
  open bigint NOT NULL,
  PRIMARY KEY (migration, move, n)
);

-- Rows and sums by group of the spec, of both sides, of one range each; keys that were on their way are in
-- none. Group values are row values: they stay here.
CREATE TABLE IF NOT EXISTS kedge.subtotal (
  migration bigint NOT NULL REFERENCES kedge.migration,
  move int NOT NULL,
  range int NOT NULL,
  group_key text[] NOT NULL,
  rows bigint NOT NULL,
  following_rows bigint NOT NULL,
  sums numeric[] NOT NULL,
  following_sums numeric[] NOT NULL,
  PRIMARY KEY (migration, move, range, group_key)
);

-- What was repaired: which side was made equal to which, on whose word, and what came of it. A run is one
-- repair, however often it is tried.
CREATE TABLE IF NOT EXISTS kedge.repair (
  migration bigint NOT NULL REFERENCES kedge.migration,
  n bigint GENERATED ALWAYS AS IDENTITY,
  move int NOT NULL,
  run text NOT NULL,
  asked_by text,
  direction text NOT NULL CHECK (direction IN ('old to new', 'new to old')),
  applier text NOT NULL CHECK (applier IN ('tail', 'locking', 'in place')),
  findings bigint NOT NULL,
  repaired bigint,
  still_open bigint,
  begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  PRIMARY KEY (migration, n)
);
CREATE UNIQUE INDEX IF NOT EXISTS repair_run ON kedge.repair (migration, move, run);

-- The latest repair of the key.
ALTER TABLE kedge.finding ADD COLUMN IF NOT EXISTS repair bigint;

-- Since when sealed evidence, and so every approval of it, is void, and why.
ALTER TABLE kedge.evidence
  ADD COLUMN IF NOT EXISTS void_at timestamptz,
  ADD COLUMN IF NOT EXISTS void_why text;

-- Later looks at sealed evidence; what was sealed stays as it is. Promotion is the last look, after the
-- approvals and before the gate opens.
CREATE TABLE IF NOT EXISTS kedge.evidence_round (
  migration bigint NOT NULL,
  evidence int NOT NULL,
  round int NOT NULL,
  promotion boolean NOT NULL,
  clean boolean NOT NULL,
  compared bigint NOT NULL,
  missing bigint NOT NULL,
  extra bigint NOT NULL,
  different bigint NOT NULL,
  not_comparable bigint NOT NULL,
  explained bigint NOT NULL,
  doubts text[] NOT NULL DEFAULT '{}',
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (migration, evidence, round),
  FOREIGN KEY (migration, evidence) REFERENCES kedge.evidence
);

-- The target of each move as the statements of expand left it, line by line; what is approved later is
-- held against it.
CREATE TABLE IF NOT EXISTS kedge.expanded (
  migration bigint NOT NULL REFERENCES kedge.migration,
  table_name text NOT NULL,
  structure text[] NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (migration, table_name)
);

-- What every invariant of the spec came to when it was checked last; in the order of the spec. Keys at
-- most, never a value.
CREATE TABLE IF NOT EXISTS kedge.invariant (
  migration bigint NOT NULL REFERENCES kedge.migration,
  name text NOT NULL,
  place int NOT NULL,
  state text NOT NULL CHECK (state IN ('holds', 'violated', 'notChecked')),
  required boolean NOT NULL,
  rows bigint,
  keys text[] NOT NULL DEFAULT '{}',
  reason text,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (migration, name)
);

-- What the tables of a move looked like when its capture was installed, a line an object: that they still
-- do is looked at all along. Null for a move of an earlier release.
ALTER TABLE kedge.move ADD COLUMN IF NOT EXISTS shape text;

-- Of a move in place: the columns of the table that the expressions of its new columns read; null until
-- capture is installed.
ALTER TABLE kedge.move ADD COLUMN IF NOT EXISTS reads text[];

-- Of rows that were filled in place: the sums of the digests of the columns that are read, before and after
-- the statement that filled them, and in how many rows they differ. A row a session of ours, so that lanes
-- do not wait for each other.
CREATE TABLE IF NOT EXISTS kedge.source_proof (
  migration bigint NOT NULL REFERENCES kedge.migration,
  move int NOT NULL,
  session int NOT NULL,
  rows bigint NOT NULL,
  before numeric NOT NULL,
  after numeric NOT NULL,
  changed bigint NOT NULL,
  PRIMARY KEY (migration, move, session)
);
