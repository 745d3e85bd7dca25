"""Datastores and events: ways and topologies that the engine has, brokers that are plain, datastores that are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartgen.engines.engine import Role, Topology, Way
from chartgen.registry.checks.subject import Draft, Finding, Platform
from chartgen.registry.images import FLOATING
from chartgen.registry.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chartgen.engines.engine import Engine
    from chartgen.registry.model import Datastore
    from chartgen.registry.service import Path


def default_way(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Of several ways the default must be said, and it must be one of them."""
    provision = _raw(draft, platform).get("provision")
    if not isinstance(provision, dict):
        return
    ways = [way for way in Way if way in provision]
    if not ways:
        message, hint = f"{draft.title} has no way in which it is provided", "add builtin: {}, operator: {} or external"
    elif "default" not in provision and len(ways) > 1:
        message = f"{draft.title} can be provided as {_listed(ways)}, and none is the default"
        hint = f"add default: {ways[0]}"
    elif "default" in provision and provision["default"] not in ways:
        message = f'the default way of {draft.title} is "{provision["default"]}", which the chart does not carry'
        hint = f"add {provision['default']}: {{}} beside it, or choose {_listed(ways)}"
    else:
        return
    yield Finding(code="CG221", path=(*draft.home, "provision"), key=True, message=message, hint=hint)


def offered_ways(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Ways and topologies that the engine does not have."""
    store = _store(draft)
    for way in store.ways:
        if way is Way.EXTERNAL:
            continue
        runs = store.engine.builtin if way is Way.BUILTIN else store.engine.operator
        topology = _wanted(_raw(draft, platform), way)
        if runs and topology in runs.topologies:
            continue
        reason, hint = _refusal(store.engine, way, topology)
        path = _place(_raw(draft, platform), way)
        yield Finding(code="CG220", path=(*draft.home, *path), message=f"{draft.title}: {reason}", hint=hint)


def _refusal(engine: Engine, way: Way, topology: Topology) -> tuple[str, str]:
    """Why the engine does not have it in that way, and the way out."""
    if way is Way.OPERATOR and engine.operator is None:
        return f"chartgen knows no operator for {engine.title}", "provide it as builtin or external"
    if way is Way.BUILTIN and engine.builtin is None:
        return f"chartgen brings no {engine.title} of its own", "provide it as operator or external"
    if engine.builtin and way is Way.BUILTIN and topology in engine.builtin.refused:
        return f"builtin gives no {topology} {engine.title}", engine.builtin.refused[topology]
    runs = engine.builtin if way is Way.BUILTIN else engine.operator
    known = _listed(sorted(runs.topologies)) if runs else ""
    return f"{way} gives no {topology} {engine.title}", f"it gives {known}: write {way}: {{topology: …}} for this way"


def custom_engine(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """A custom engine is its image and ports; every other brings its own ports."""
    raw, store = _raw(draft, platform), _store(draft)
    custom = store.engine.is_custom
    if custom and "ports" not in raw:
        hint = "add ports: [{name: …, port: …, protocol: …}]"
        yield Finding(code="CG222", path=(*draft.home, "engine"), message=f"{draft.title} has no ports", hint=hint)
    if custom and Way.BUILTIN in store.ways and "image" not in draft.raw:
        message = f"{draft.title} has no image: chartgen knows none for a custom engine"
        hint = "add provision: {builtin: {image: …}}"
        yield Finding(code="CG222", path=(*draft.home, "engine"), message=message, hint=hint)
    if not custom and "ports" in raw:
        message = f"{draft.title} cannot choose its ports: {store.engine.title} has its own"
        hint = "remove ports, or say under provision.builtin what the pods listen on"
        yield Finding(code="CG222", path=(*draft.home, "ports"), key=True, message=message, hint=hint)


def shown_ports(draft: Draft, _platform: Platform) -> Iterator[Finding]:
    """Ports of the pods that leave out one which callers are told of."""
    store = _store(draft)
    shown = {port.name for port in store.workload.exposed_ports}
    for port in store.ports if Way.BUILTIN in store.ways and "ports" in draft.raw else ():
        if port.name not in shown:
            yield Finding(
                code="CG223",
                path=(*draft.home, "provision", "builtin", "ports"),
                key=True,
                message=f'{draft.title} shows no port named "{port.name}", which its callers use',
                hint=f"name one of them {port.name}",
            )


def forbidden_ways(platform: Platform) -> Iterator[Finding]:
    """Environments in which a datastore can be provided in no way at all."""
    environments: list[dict[str, Any]] = platform.data.get("environments", [])
    for index, environment in enumerate(environments):
        allowed = environment.get("provision")
        for draft in platform.stores if allowed else ():
            ways = _store(draft).ways
            if allowed and not set(ways) & set(allowed):
                yield Finding(
                    code="CG224",
                    path=("environments", index, "provision"),
                    key=True,
                    message=f'environment "{environment["name"]}" takes datastores as {_listed(allowed)} alone, '
                    f"and {draft.title} comes only as {_listed(ways)}",
                    hint=f"let the chart carry one of them: provision: [{ways[0]}, {_fit(draft, allowed)}]",
                )


def _fit(draft: Draft, allowed: list[str]) -> str:
    """The first way that the environment takes and the engine has; anything can be external."""
    engine = _store(draft).engine
    has = {Way.BUILTIN: engine.builtin, Way.OPERATOR: engine.operator, Way.EXTERNAL: True}
    return next((way for way in allowed if has[Way(way)]), allowed[0])


def scattered_topic(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """A topic that is to be kept on more brokers than there are."""
    store, raw = _store(draft), _raw(draft, platform)
    pods = min((wanted.instances for way, wanted in store.stores.items() if way in store.ways), default=0)
    for name, details in raw.get("topics", {}).items() if pods else ():
        if details.get("replicas", 0) > pods:
            yield Finding(
                code="CG226",
                path=(*draft.home, "topics", name, "replicas"),
                message=f'topic "{name}" wants {details["replicas"]} brokers to keep it, and {draft.title} has {pods}',
                hint="lower replicas, or raise the instances of each way",
            )


def unclear_broker(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Topics whose broker is not plain, not there, or no broker."""
    known = platform.brokers
    told: set[str] = set()
    for side, topics in draft.data.get("events", {}).items():
        for index, topic in enumerate(topics):
            broker = topic["broker"]
            if broker in told or broker in known or (not broker and len(known) == 1):
                continue
            told.add(broker)
            message, hint = _no_broker(draft, platform, topic, known)
            shared = broker and isinstance(_events(draft)[side][index], str)
            path = ("events", "broker") if shared else ("events", side, index)
            yield Finding(code="CG219", path=path, message=message, hint=hint)


def _no_broker(draft: Draft, platform: Platform, topic: Mapping[str, str], known: Sequence[str]) -> tuple[str, str]:
    broker = topic["broker"]
    if broker in platform.nodes:
        return f'"{broker}" carries no events: it is no datastore whose role is broker', "set role: broker on it"
    if broker:
        return f'{draft.title} has events on unknown broker "{broker}"', did_you_mean(broker, known)
    if known:
        message = f'{draft.title} does not say on which broker "{topic["topic"]}" is: there are {_listed(known)}'
        return message, f"add broker: {known[0]} to its events"
    message = f"{draft.title} has events, and the platform has no broker"
    return message, "add a datastore whose role is broker, such as one with engine: kafka"


def topics_without_broker(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Topics on what carries none."""
    raw, store = _raw(draft, platform), _store(draft)
    if "topics" in raw and store.role is not Role.BROKER:
        message = f"{draft.title} has topics, but its role is {store.role}"
        path = (*draft.home, "topics")
        yield Finding(code="CG219", path=path, key=True, message=message, hint="set role: broker, or remove them")


def useless_details(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """What is said of a datastore and no way of providing it has a use for (a warning)."""
    raw, store = _raw(draft, platform), _store(draft)
    for path, detail in _details(raw):
        reasons = [_ignores(store.engine, way).get(detail) for way in (_ways_at(path) or store.ways)]
        if reasons and all(reasons):
            yield Finding(
                code="CG422",
                path=(*draft.home, *path),
                key=True,
                message=f'what "{detail}" says of {draft.title} has no effect',
                hint=str(reasons[0]),
            )


def _details(raw: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """(place, detail) of all that an engine may have no use for; of topics, only what says more than their names."""
    yield from (((detail,), detail) for detail in ("database", "user", "secret", "storage") if detail in raw)
    if any(raw.get("topics", {}).values()):
        yield ("topics",), "topics"
    provision = _by_way(raw)
    for way in (Way.BUILTIN, Way.OPERATOR):
        if "storage" in provision.get(way, {}):
            yield ("provision", way, "storage"), "storage"


def _ways_at(path: Path) -> tuple[Way, ...]:
    return (Way(str(path[1])),) if path[0] == "provision" else ()


def _ignores(engine: Engine, way: Way) -> Mapping[str, str]:
    own = engine.builtin.ignores if engine.builtin and way is Way.BUILTIN else {}
    return {**(_SOMEBODYS if way is Way.EXTERNAL else {}), **engine.ignores, **own}


_SOMEBODYS = {
    "storage": "who runs the external one says how much it keeps; remove it",
    "topics": "who runs the external one makes its topics; remove their details",
}
"""What does not reach a datastore that somebody else runs."""


def floating_version(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Versions that move, and so do the images that they name (a warning)."""
    raw = _raw(draft, platform)
    own = _by_way(raw)
    places: list[tuple[Path, Mapping[str, Any]]] = [((), raw)]
    places += [(("provision", way), own[way]) for way in (Way.BUILTIN, Way.OPERATOR) if own.get(way)]
    for path, data in places:
        version = str(data.get("version", ""))
        if version.partition("-")[0] in FLOATING:
            yield Finding(
                code="CG401",
                path=(*draft.home, *path, "version"),
                message=f'version "{version}" of {draft.title} moves: what runs changes without a commit',
                hint=f"name one, such as {_store(draft).engine.version or '1.2.3'}",
            )


def unused_datastore(platform: Platform) -> Iterator[Finding]:
    """A datastore that nobody calls (a warning)."""
    called = {edge.target for draft in platform.workloads for edge in draft.service.edges}
    if _has_unclear_broker(platform):
        called.update(platform.brokers)
    for draft in platform.stores:
        if draft.service.name not in called:
            hint = "add it to the dependencies of those that use it, or remove it"
            message = f"nobody depends on {draft.title}"
            yield Finding(code="CG420", path=(*draft.home, "name"), message=message, hint=hint)


def _has_unclear_broker(platform: Platform) -> bool:
    """Whether an event may be meant for any of the brokers."""
    sides = (side for draft in platform.drafts for side in draft.data.get("events", {}).values())
    return len(platform.brokers) > 1 and any(not topic["broker"] for side in sides for topic in side)


def unpublished_topic(platform: Platform) -> Iterator[Finding]:
    """A topic that somebody awaits and nobody publishes (a warning)."""
    published = {
        (edge.target, topic) for draft in platform.drafts for edge in draft.service.edges for topic in edge.publishes
    }
    told: set[tuple[str, str]] = set()
    for draft in platform.drafts:
        for edge in draft.service.edges:
            for topic in edge.subscribes:
                if (edge.target, topic) not in published | told:
                    told.add((edge.target, topic))
                    yield Finding(
                        code="CG421",
                        path=(*draft.home, "events", "subscribes", _position(draft, edge.target, topic)),
                        message=f'{draft.title} awaits the topic "{topic}" on "{edge.target}", which nobody publishes',
                        hint=did_you_mean(topic, sorted(known for broker, known in published if broker == edge.target)),
                    )


def _position(draft: Draft, broker: str, topic: str) -> int:
    topics = draft.data["events"]["subscribes"]
    return next(at for at, each in enumerate(topics) if each["topic"] == topic and each["broker"] in ("", broker))


def _store(draft: Draft) -> Datastore:
    assert draft.store is not None
    return draft.store


def _raw(draft: Draft, platform: Platform) -> Mapping[str, Any]:
    """The datastore as written."""
    found: Mapping[str, Any] = platform.data["datastores"][draft.home[1]]
    return found


def _by_way(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Way → what is written of it, in the long form."""
    provision = raw.get("provision")
    return provision if isinstance(provision, dict) else {}


def _events(draft: Draft) -> Mapping[str, Any]:
    found: Mapping[str, Any] = draft.raw.get("events", {})
    return found


def _wanted(raw: Mapping[str, Any], way: Way) -> Topology:
    own = _by_way(raw).get(way, {})
    return Topology(own.get("topology", raw.get("topology", Topology.SINGLE)))


def _place(raw: Mapping[str, Any], way: Way) -> tuple[str, ...]:
    """Where the topology of that way is written, or else the way."""
    provision = raw.get("provision")
    if "topology" in _by_way(raw).get(way, {}):
        return ("provision", way, "topology")
    return ("topology",) if "topology" in raw else ("provision",) if provision else ("engine",)


def _listed(words: Any) -> str:
    found = [str(word) for word in words]
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
