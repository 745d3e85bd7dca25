"""The engines that a datastore can have, each with what it knows of itself."""

from __future__ import annotations

from chartgen.engines import (
    clickhouse,
    custom,
    kafka,
    mariadb,
    memcached,
    mongodb,
    mysql,
    nats,
    opensearch,
    postgresql,
    rabbitmq,
    redis,
    valkey,
)
from chartgen.engines.engine import Engine

_MODULES = (
    postgresql,
    mysql,
    mariadb,
    mongodb,
    redis,
    valkey,
    memcached,
    kafka,
    rabbitmq,
    nats,
    opensearch,
    clickhouse,
    custom,
)

ENGINES: dict[str, Engine] = {module.ENGINE.name: module.ENGINE for module in _MODULES}
"""Name → engine. A new engine is a module here and a line above."""
