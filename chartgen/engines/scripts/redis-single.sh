#!/bin/sh
# Starts the server with the password of REDISCLI_AUTH, if there is one, which no command line shows, and six tenths of
# the container's memory.
set -eu

if [ -n "${REDISCLI_AUTH:-}" ]; then
    password="requirepass \"$(printf %s "$REDISCLI_AUTH" | sed 's/[\\"]/\\&/g')\""
fi
exec "$SERVER" - <<CONFIG
dir /data
appendonly yes
maxmemory $((MEMORY_LIMIT / 10 * 6))
maxmemory-policy $WHEN_FULL
protected-mode no
${password:-}
CONFIG
