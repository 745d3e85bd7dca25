"""docs/operators.md, made from what chartgen/engines/operators/ knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.engines import ENGINES
from chartgen.engines.engine import Count, Credentials, Store, Topology

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chartgen.engines.engine import Engine, Operated, Operator

HEAD = """\
# Operators

<!-- Made by `make docs` from chartgen/engines/operators/. Do not edit. -->

What `provision: operator` makes of a datastore named `NAME`. The operator and its CustomResourceDefinitions are yours
to install. chartgen writes the resource that it reads and the NetworkPolicy of the pods that it makes, and callers get
the Service that it really gives. Where the operator is, is a value: `global.operators.<operator>.namespace`.

- The resources stay when the release goes (`helm.sh/resource-policy: keep`), and so does the data: delete them by hand.
- Where an operator hands its resource's labels on to its pods, they do not change with the chart's version.
- `chartgen lint` finds a field that the operator does not know, such as one that `patches` brings in (CG508).
- Backups need a place to go: bring them in by `patches` or an overlay.
- Percona's `crVersion` is left to the operator, which writes it once; move it by hand after an upgrade of the operator.
"""
_HEADINGS = ("topology", "pods", "resources", "callers use", "Secret")
_INSIDE = ("topology", "labels of the pods", "their account", "ports between them", "the operator calls them on")


def text() -> str:
    """The page: a section for each engine that has an operator."""
    known = [(engine, engine.operator) for engine in ENGINES.values() if engine.operator]
    return "\n".join([HEAD, *("\n".join(_section(engine, operator)) for engine, operator in known)])


def _section(engine: Engine, operator: Operator) -> Iterator[str]:
    yield f"## {engine.title}: {operator.title}"
    yield ""
    yield f"- Facts from {operator.source}."
    yield f"- It is looked for in the namespace `{operator.namespace}`: `global.operators.{operator.name}.namespace`."
    yield f"- A datastore's name has at most {operator.max_name} characters."
    yield ""
    yield _row(_HEADINGS)
    yield _row(["---"] * len(_HEADINGS))
    for topology in operator.topologies:
        yield _row(_cells(engine, operator, topology))
    yield ""
    yield _row(_INSIDE)
    yield _row(["---"] * len(_INSIDE))
    for topology in operator.topologies:
        yield _row(_inside(_operated(operator, topology), topology))
    yield ""


def _cells(engine: Engine, operator: Operator, topology: Topology) -> Iterator[str]:
    found = _operated(operator, topology)
    yield f"`{topology}`"
    yield _pods(operator, topology)
    yield ", ".join(dict.fromkeys(thing.kind for thing in found.objects))
    yield f"`{found.host}`"
    yield _secret(engine, found)


def _secret(engine: Engine, found: Operated) -> str:
    """Who makes it, and what callers get of it."""
    if found.secrets:
        [name] = {place.secret for place in found.secrets.values()}
        return f"`{name}`, the operator's: {_listed(found.secrets)}"
    if engine.credentials is Credentials.REQUIRED:
        return "`NAME-credentials`, yours: `username`, `password`"
    return "none, or the one that `secret` names"


def _pods(operator: Operator, topology: Topology) -> str:
    count = operator.counts.get(topology, Count())
    if count.least == count.most:
        return str(count.least)
    numbers = ", ".join(str(count.least + step * count.step) for step in range(3))
    return f"{operator.topologies[topology]} (of {numbers}{'' if count.most else ', …'})"


def _inside(found: Operated, topology: Topology) -> Iterator[str]:
    yield f"`{topology}`"
    yield _listed(f"{key}: {value}" for key, value in found.pods.items())
    yield f"`{found.account}`{', which asks the API server' if found.calls_api_server else ''}"
    yield _listed(found.peer_ports) or "none"
    yield _listed(found.controller_ports) or "none"


def _operated(operator: Operator, topology: Topology) -> Operated:
    pods = operator.topologies[topology]
    return operator.operated(Store(name="NAME", topology=topology, instances=pods, version="", size="8Gi"))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _listed(words: Iterable[object]) -> str:
    return ", ".join(f"`{word}`" for word in words)
