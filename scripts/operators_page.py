"""docs/operators.md, made from what chartgen/engines/operators/ knows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chartgen.engines import ENGINES
from chartgen.engines.engine import Credentials, Store, Topology
from chartgen.registry import compile_registry, names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chartgen.engines.engine import Engine, Operated, Operator

HEAD = """\
# Operators

<!-- Made by `make docs` from chartgen/engines/operators/. Do not edit. -->

What `provision: operator` makes of a datastore named `NAME`. The operator and its CustomResourceDefinitions are yours
to install. chartgen writes the resource that it reads and the NetworkPolicy of the pods that it makes, and callers get
the Service that it really gives. Where the operator is, is a value: `global.operators.<operator>.namespace`.

- All that is made for the operator stays when the release goes, and when the datastore is provided in another way
  (`helm.sh/resource-policy: keep`): the resources and their data, accounts, users, exchanges, budgets, and the
  NetworkPolicy `NAME-operator`. Delete them by hand, when their data is needed no more.
- Where an operator hands its resource's labels on to its pods, they do not change with the chart's version, and none is
  the release's: a Service of the way `builtin` never leads to pods that stayed behind.
- A datastore that can be `builtin` as well has its own ServiceAccount and PodDisruptionBudget in that way under
  `NAME-builtin`, for operators name theirs `NAME`.
- The data does not move with the way: copy it. What is in the way of another way, and has to be deleted before, stands
  below and in the notes of the release.
- How many pods there can be, each chart's `values.schema.json` knows.
- `chartgen lint` finds a field that the operator does not know, such as one that `patches` brings in (CG508).
- Backups need a place to go: bring them in by `patches` or an overlay.
- In a mesh an operator that calls its pods is in the mesh too, and pods that are called by their addresses have a
  headless Service more, `NAME-by-address`: [mesh.md](mesh.md#datastores-that-operators-run) says how, and why.
- Percona's `crVersion` is left to the operator, which writes it once; move it by hand after an upgrade of the operator.
"""
_HEADINGS = ("topology", "pods", "resources", "callers use", "Secret")
_INSIDE = (
    *("topology", "labels of the pods", "their account", "ports between them", "the operator calls them on"),
    "by their addresses",
)


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
    yield from _in_the_way(engine, operator)
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


def _in_the_way(engine: Engine, operator: Operator) -> Iterator[str]:
    """What has to go before another way, topology by topology."""
    found: dict[str, list[Topology]] = {}
    for topology in operator.topologies:
        if taken := _taken(engine, topology):
            resource = _operated(operator, topology).objects[0].resource
            found.setdefault(f"`kubectl delete {resource}`, with which its {taken} goes", []).append(topology)
    for words, topologies in found.items():
        yield f"- Before another way than `operator` ({_listed(topologies)}): {words}. Helm would find the name taken."
    if not found:
        yield "- Nothing that it makes is in the way of another way."


def _taken(engine: Engine, topology: Topology) -> str:
    name = "the-store"
    text = {
        "apiVersion": "chartgen.dev/v1",
        "kind": "ServiceRegistry",
        "metadata": {"name": "platform", "version": "1.0.0"},
        "datastores": [
            {
                "name": name,
                "engine": engine.name,
                "provision": {
                    "default": "builtin",
                    "builtin": {"topology": "single"},
                    "operator": {"topology": topology},
                    "external": {},
                },
            }
        ],
        "services": [{"name": "app", "image": "app:1.0.0", "dependencies": [name]}],
    }
    registry = compile_registry("registry.yaml", json.dumps(text).encode(), lambda _path: None).registry
    assert registry is not None
    [store] = registry.datastores
    return ", ".join(f"{kind} `{own.replace(name, 'NAME')}`" for kind, own in names.in_the_way(store))


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
    count = operator.count(topology)
    return str(count) if count.least == count.most else f"{operator.topologies[topology]} (of {count})"


def _inside(found: Operated, topology: Topology) -> Iterator[str]:
    yield f"`{topology}`"
    yield _listed(f"{key}: {value}" for key, value in found.pods.items())
    yield f"`{found.account}`{', which asks the API server' if found.calls_api_server else ''}"
    yield _listed(found.peer_ports) or "none"
    yield _listed(found.controller_ports) or "none"
    own = dict.fromkeys(found.encrypted, " (TLS of its own)")
    yield ", ".join(f"`{port}`{own.get(port, '')}" for port in found.addressed) or "none"


def _operated(operator: Operator, topology: Topology) -> Operated:
    pods = operator.topologies[topology]
    return operator.operated(Store(name="NAME", topology=topology, instances=pods, version="", size="8Gi"))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _listed(words: Iterable[object]) -> str:
    return ", ".join(f"`{word}`" for word in words)
