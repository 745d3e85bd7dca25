"""Datastores in long form: each way with its own details, and the workload that its engine makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chartgen.engines import ENGINES
from chartgen.engines.engine import Builtin, Credentials, Engine, Operated, Operator, Role, Store, Topic, Topology, Way
from chartgen.registry import names
from chartgen.registry.normal import Data, laid_over
from chartgen.registry.service import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OF_THE_STORE = frozenset({"topology", "instances", "storage", "version"})
"""What a way may say of the datastore; the rest of `builtin` is the workload's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreForm:
    """A datastore as written (`raw`), its ways in their fixed order, each with what is written of it, and what the
    engine knows of it in each. `workload`: its pods as a service in long form. `operated`: what its operator makes of
    it, where the chart carries that way."""

    raw: Mapping[str, Any]
    engine: Engine
    default: Way
    ways: Mapping[Way, Mapping[str, Any]]
    stores: Mapping[Way, Store]
    workload: Data
    operated: Operated | None
    topics: tuple[Topic, ...] = field(default_factory=tuple)

    @property
    def name(self) -> str:
        """The datastore's name."""
        return str(self.raw["name"])

    @property
    def beside_operator(self) -> bool:
        """Whether the chart has pods of its own for it, and can leave it to the operator as well."""
        return _beside_operator(self.ways)


def store_forms(registry: Mapping[str, Any], services: Sequence[Mapping[str, Any]]) -> list[StoreForm]:
    """Every datastore in the order of the input; the topics of brokers are gathered from the services' events."""
    raws: Sequence[Mapping[str, Any]] = registry.get("datastores", ())
    broker = only_broker(raws)
    topics = _topics(raws, services, broker)
    return [_form(raw, topics.get(raw["name"], ())) for raw in raws]


def role_of(raw: Mapping[str, Any]) -> str:
    """The role as written, else the engine's usual one."""
    return str(raw.get("role", ENGINES[raw["engine"]].role))


def brokers(raws: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of the datastores that carry events."""
    return [raw["name"] for raw in raws if role_of(raw) == "broker"]


def only_broker(raws: Sequence[Mapping[str, Any]]) -> str:
    """The broker that is meant where events name none; empty when there is none, or several."""
    found = brokers(raws)
    return found[0] if len(found) == 1 else ""


def _topics(
    raws: Sequence[Mapping[str, Any]], services: Sequence[Mapping[str, Any]], broker: str
) -> dict[str, tuple[Topic, ...]]:
    """Broker → its topics, sorted by name."""
    found: dict[str, set[str]] = {raw["name"]: set(raw.get("topics", ())) for raw in raws}
    for service in services:
        for side in service.get("events", {}).values():
            for each in side:
                found.setdefault(each["broker"] or broker, set()).add(each["topic"])
    details = {raw["name"]: raw.get("topics", {}) for raw in raws}
    return {
        name: tuple(Topic(name=topic, **details.get(name, {}).get(topic, {})) for topic in sorted(topics))
        for name, topics in found.items()
    }


def _form(raw: Mapping[str, Any], topics: tuple[Topic, ...]) -> StoreForm:
    engine = ENGINES[raw["engine"]]
    default, ways = _ways(raw.get("provision", Way.BUILTIN))
    stores = {way: _store(raw, ways.get(way, {}), way, engine, topics) for way in (Way.BUILTIN, Way.OPERATOR)}
    return StoreForm(
        raw=raw,
        engine=engine,
        default=default,
        ways=ways,
        stores=stores,
        workload=_workload(raw, ways, engine, stores[Way.BUILTIN]),
        operated=engine.operator.operated(stores[Way.OPERATOR]) if engine.operator and Way.OPERATOR in ways else None,
        topics=topics,
    )


def _ways(provision: str | Sequence[str] | Mapping[str, Any]) -> tuple[Way, dict[Way, Mapping[str, Any]]]:
    """The default way, and what is written of each; ways always stand in their own order."""
    if isinstance(provision, str):
        return Way(provision), {Way(provision): {}}
    if isinstance(provision, list):
        return Way(provision[0]), {way: {} for way in Way if way in provision}
    written: Mapping[str, Any] = provision  # type: ignore[assignment]  # text and lists are gone
    ways = {way: written[way] for way in Way if way in written}
    return Way(written.get("default", next(iter(ways), Way.BUILTIN))), ways


def _store(
    raw: Mapping[str, Any], own: Mapping[str, Any], way: Way, engine: Engine, topics: tuple[Topic, ...]
) -> Store:
    name = raw["name"]
    runs: Builtin | Operator | None = engine.builtin if way is Way.BUILTIN else engine.operator
    known: Mapping[Topology, int] = runs.topologies if runs else {}
    wanted = Topology(own.get("topology", raw.get("topology", Topology.SINGLE)))
    topology = wanted if wanted in known else next(iter(known), wanted)
    shared = {} if "topology" in own else raw  # so many pods are of the datastore's own topology
    storage = _storage(own.get("storage", raw.get("storage", engine.size)))
    makes_one = isinstance(runs, Operator) and runs.makes_secret
    default = f"{name}-credentials" if engine.credentials is Credentials.REQUIRED and not makes_one else ""
    return Store(
        name=name,
        topology=topology,
        instances=own.get("instances", shared.get("instances", known.get(topology, 1))),
        version=own.get("version", raw.get("version", engine.version if way is Way.BUILTIN else "")),
        size=storage["size"],
        storage_class=storage.get("class", ""),
        database=raw.get("database", name.replace("-", "_")),
        user=raw.get("user", "app"),
        secret=raw.get("secret", default),
        topics=topics,
        role=Role(role_of(raw)),
    )


def _storage(storage: Any) -> dict[str, str]:
    return {"size": str(storage)} if not isinstance(storage, dict) else {**storage, "size": str(storage["size"])}


def _workload(raw: Mapping[str, Any], ways: Mapping[Way, Mapping[str, Any]], engine: Engine, store: Store) -> Data:
    """The pods of the way builtin: the engine's, with what the registry says laid over them. A datastore that has no
    such way is a workload only by name and edges."""
    own = {key: value for key, value in ways.get(Way.BUILTIN, {}).items() if key not in _OF_THE_STORE}
    base: Data = {"kind": str(Kind.STATEFUL_SET), "ports": raw.get("ports", [_port(port) for port in engine.ports])}
    if engine.builtin:
        base |= engine.builtin.service(store)
    if _beside_operator(ways):
        base["serviceAccount"] = {"name": names.of_builtin(raw["name"])}
    base = {key: value for key, value in base.items() if value not in ([], {})}
    facts: Data = {
        "name": raw["name"],
        "type": raw.get("type", role_of(raw)),
        "owner": raw.get("owner", ""),
        "description": raw.get("description", ""),
        "group": raw.get("group", ""),
        "dependencies": raw.get("dependencies", []),
        "enabled": raw.get("enabled", True),
        "patches": raw.get("patches", []),
    }
    return laid_over(base, own | facts)


def _beside_operator(ways: Mapping[Way, Any]) -> bool:
    return {Way.BUILTIN, Way.OPERATOR} <= ways.keys()


def _port(port: Any) -> Data:
    return {"name": port.name, "port": port.port, "protocol": port.protocol}
