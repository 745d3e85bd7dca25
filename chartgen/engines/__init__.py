"""The engines that a datastore can have, each with what it knows of itself."""

from __future__ import annotations

from chartgen.engines.engine import Engine

ENGINES: dict[str, Engine] = {}
"""Name → engine. A new engine is a module here and a line below."""
