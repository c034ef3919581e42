#!/bin/bash
# A streaming replica: copies the primary at the first start, then follows it. PGHOST, PGPORT and PGPASSWORD name the primary.
# A replica that was away for longer than the primary's wal_keep_size reaches cannot go on; remove its volume, and it copies again.
set -euo pipefail
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # What a first start that was cut off has left would reject the next.
  rm -rf "$PGDATA"
  install -d -m 700 "$PGDATA"
  # Without "fast" the copy waits for a checkpoint of several minutes.
  pg_basebackup -U pospro_replica -D "$PGDATA" -X stream -R -c fast
fi
# The password of the primary is in PGDATA now. Long reports are not cancelled by the primary's clean-up.
unset PGHOST PGPORT PGPASSWORD
exec postgres -c hot_standby_feedback=on "$@"
