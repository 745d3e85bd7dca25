"""Valkey."""

from __future__ import annotations

from chartgen.engines import redislike
from chartgen.engines.engine import Engine, Role
from chartgen.engines.redislike import Programs

PROGRAMS = Programs(title="Valkey", image="valkey/valkey", server="valkey-server", client="valkey-cli")
"""Facts: github.com/valkey-io/valkey-container, Dockerfile.template (uid 999, data in /data); the tag:
valkey.io/download. valkey-cli reads REDISCLI_AUTH too."""

ENGINE = Engine(
    name="valkey",
    title=PROGRAMS.title,
    role=Role.CACHE,
    version="9.1.4",
    ports=redislike.PORTS,
    scheme="redis",
    tls_scheme="rediss",
    credentials=redislike.CREDENTIALS,
    builtin=redislike.builtin(PROGRAMS),
)
