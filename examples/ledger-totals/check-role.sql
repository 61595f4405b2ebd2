-- The role that runs the invariants: it can log in and read, and nothing else. The plan looks at all
-- it may do, and refuses one that may do more (KD2206).
CREATE ROLE ledger_check LOGIN; -- PASSWORD '…', or whatever pg_hba.conf asks for

-- It is not a member of any role that may write, and owns nothing. Before PostgreSQL 15 everybody may
-- create tables in schema public; from then on this changes nothing.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- What the queries read. The table that does not exist yet is granted in `expand`.
GRANT USAGE ON SCHEMA public TO ledger_check;
GRANT SELECT ON accounts, payments TO ledger_check;
