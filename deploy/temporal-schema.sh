#!/bin/sh
# Makes Temporal's two databases and their schemas, or brings them up to date.
set -eu
make() { # database, schema folder
  sql="temporal-sql-tool --plugin postgres12 --endpoint temporal-db --port 5432 --user temporal --database $1"
  $sql create
  # Refuses when a version is there already; the update below then does what is left.
  $sql setup-schema --version 0.0 || true
  $sql update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$2/versioned"
}
make temporal temporal
make temporal_visibility visibility
