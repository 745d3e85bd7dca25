"""Valkey."""

from __future__ import annotations

from chartgen.engines import redislike
from chartgen.engines.engine import Engine, Role
from chartgen.engines.redislike import Programs

PROGRAMS = Programs(
    title="Valkey", image="valkey/valkey", server="valkey-server", client="valkey-cli", passwords=("VALKEYCLI_AUTH",)
)
"""Facts: github.com/valkey-io/valkey-container, Dockerfile.template (any user, data in /data); the tag:
valkey.io/download.
Up to which version valkey-cli reads REDISCLI_AUTH alone, its repository says differently: it gets both."""

ENGINE = Engine(
    name="valkey",
    title=PROGRAMS.title,
    role=Role.CACHE,
    version="9.1.4",
    ports=redislike.PORTS,
    scheme="redis",
    tls_scheme="rediss",
    credentials=redislike.CREDENTIALS,
    ignores=redislike.IGNORES,
    builtin=redislike.builtin(PROGRAMS),
)
