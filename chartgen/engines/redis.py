"""Redis."""

from __future__ import annotations

from chartgen.engines import redislike
from chartgen.engines.engine import Engine, Role
from chartgen.engines.operators import ot_redis
from chartgen.engines.redislike import Programs

PROGRAMS = Programs(title="Redis", image="redis", server="redis-server", client="redis-cli")
"""Facts: github.com/redis/docker-library-redis, debian/Dockerfile (any user, data in /data)."""

ENGINE = Engine(
    name="redis",
    title=PROGRAMS.title,
    role=Role.CACHE,
    version="8.10.1",
    ports=redislike.PORTS,
    scheme="redis",
    tls_scheme="rediss",
    credentials=redislike.CREDENTIALS,
    ignores=redislike.IGNORES,
    builtin=redislike.builtin(PROGRAMS),
    operator=ot_redis.OPERATOR,
)
