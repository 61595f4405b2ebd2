CREATE TABLE customers (
  id bigint PRIMARY KEY,
  username text NOT NULL
);
CREATE TABLE payments (
  id bigint PRIMARY KEY,
  customer_id bigint NOT NULL,
  amount numeric(12,2) NOT NULL,
  note text
);
